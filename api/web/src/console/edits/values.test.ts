import { describe, expect, it } from "vitest";
import { choices, read, spots } from "./values";
import type { CaseDetail, Told, Value } from "./wire";

const told = (id: string, value: Value, more: Partial<Told> = {}): Told => ({
  id, old: null, new: value, by: { id: "p", name: "李" }, said_at: `2026-03-0${id}T00:00:00Z`, received_at: "2026-03-09T00:00:00Z", state: "open", reason: "changed", note: "", since_on: null, evidence: null, ...more,
});
const detail = (registered: Value, edits: Told[], more: Partial<CaseDetail> = {}): CaseDetail => ({
  id: "c", field: "address", state: "open", reasons: ["changed"], told: edits.length, since: "2026-03-01T00:00:00Z", changed_at: "2026-03-01T00:00:00Z", rev: 1,
  place: { id: "h", name: "北沟村1号", code: null, address: null, kind: "household", state: "active", unit: { id: "u", name: "北沟村" } },
  registered, before: null, contact: null, edits, decisions: [], may_decide: true, why_not: null, undo: null, ...more,
});

describe("what can be taken", () => {
  it("is each value once, the newest of those that say it", () => {
    const edits = [told("1", "a"), told("3", "a"), told("2", "b"), told("4", "c", { state: "applied" })];
    expect(choices(detail("x", edits)).map(({ id }) => id)).toEqual(["3", "2"]);
  });
});

describe("how a value reads", () => {
  it("says nothing as nothing, words as words", () => {
    expect(read("phone", null)).toBe("(空)");
    expect(read("residence", "moved_away")).toContain("已搬离");
    expect(read("name", "here")).toBe("here");
    expect(read("position", { lon: 120.7591234, lat: 37.8 })).toBe("120.75912, 37.80000");
  });
});

it("puts the registered position and each told one on the map", () => {
  const [a, b] = [{ lon: 120.7, lat: 37.8 }, { lon: 120.8, lat: 37.9 }];
  expect(spots(detail(a, [told("1", b)])).map(({ sign, at }) => [sign, at])).toEqual([["登", a], ["1", b]]);
  expect(spots(detail(null, [told("1", b)])).map(({ sign }) => sign)).toEqual(["1"]);
  expect(spots(detail("x", [told("1", "y")]))).toEqual([]);
});
