import { describe, expect, it } from "vitest";
import { askedFor, signsOf, span } from "./health";
import { drawn } from "./qr";
import type { Device } from "./wire";

const phone = (health: Partial<Device["health"]>, more: Partial<Device> = {}): Device => ({
  id: "d", person: { id: "p", name: "李" }, staff_no: "S1", state: "active", state_at: "2026-03-01T00:00:00Z", closes_at: null, enrolled_at: "2026-01-01T00:00:00Z", seen_at: null, about: {}, alarm: null, alarm_at: null,
  health: { told_at: null, app_version: null, is_old: false, unsent: null, oldest_unsent_at: null, clock_offset_s: null, clock_is_wrong: false, quarantined: 0, waiting: 0, pulled_at: null, is_level: true, behind: 0, ...health },
  ...more,
});

describe("what to look after", () => {
  it("is nothing for a phone that is fine or never told", () => {
    expect(signsOf(phone({}))).toEqual([]);
  });

  it("begins with the most serious", () => {
    const signs = signsOf(phone({ clock_offset_s: -31_536_000, clock_is_wrong: true, is_old: true, quarantined: 2, waiting: 1 }, { alarm: "copied" }));
    expect(signs.map(([zh]) => zh)).toEqual(["两部手机在用同一份数据", "时钟慢 365 天", "2 条记录待运维处理", "版本过旧,请升级", "1 条记录在等待"]);
  });

  it("is no matter of health once a phone is retired", () => {
    expect(signsOf(phone({ is_old: true }, { state: "retired" }))).toEqual([]);
  });
});

it("tells spans in the largest unit that fits", () => {
  expect([20, 90, 7200, -200_000].map((s) => span(s)[0])).toEqual(["1 分钟", "2 分钟", "2 小时", "2 天"]);
});

it("asks for what a number counts", () => {
  expect(askedFor("silent", 7)).toEqual({ silent_days: "7" });
  expect(askedFor("lost", 7)).toEqual({ state: "lost" });
  expect(askedFor("wrong_clock", 7)).toEqual({ wrong_clock: "true" });
});

it("draws a code whose three corners are those of a QR code", () => {
  const { path, size } = drawn("https://doorstep.example/enrol#username=li&code=04718265");
  expect((size - 17) % 4).toBe(0);
  for (const corner of ["M0 0h7v1h-7z", `M${size - 7} 0h7v1h-7z`, `M0 ${size - 1}h7v1h-7z`]) {
    expect(path).toContain(corner);
  }
});
