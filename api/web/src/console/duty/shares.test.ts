import { describe, expect, it } from "vitest";
import { CLASSES } from "../map/classes";
import { monthOf } from "./month";
import { colourOf, percent } from "./shares";
import type { Counted } from "./wire";

const counted = (numbers: Partial<Counted>): Counted => ({
  unit: "u", name: "北沟村", kind: "village", has_children: false, homes: 100, linked: 0, contacted: 0, owed: 0, met: 0, late: 0, lapsed: 0, excused: 0, overdue: 0, paused: 0, nobody: 0, ...numbers,
});

describe("what the map paints", () => {
  it("takes shares of the homes", () => {
    expect(colourOf(counted({ contacted: 100 }), "contacted")).toBe(CLASSES[4].colour);
    expect(colourOf(counted({ contacted: 20 }), "contacted")).toBe(CLASSES[1].colour);
    expect(colourOf(counted({ linked: 19 }), "linked")).toBe(CLASSES[0].colour);
  });

  it("counts what is overdue", () => {
    expect([0, 1, 4, 5, 20, 100, 5000].map((overdue) => CLASSES.findIndex(({ colour }) => colour === colourOf(counted({ overdue }), "overdue")))).toEqual([0, 1, 1, 2, 3, 4, 4]);
  });

  it("leaves a unit without homes, or not read yet, without a colour", () => {
    expect(colourOf(counted({ homes: 0 }), "linked")).toBeNull();
    expect(colourOf(undefined, "overdue")).toBeNull();
    expect(colourOf(counted({ homes: 0, overdue: 3 }), "overdue")).not.toBeNull();
  });

  it("says no share of nothing", () => {
    expect([percent(1, 3), percent(0, 0), percent(3, 3)]).toEqual(["33%", "–", "100%"]);
  });
});

describe("the month", () => {
  it("is that of China", () => {
    expect(monthOf(new Date("2026-02-10T00:00:00Z"))).toEqual({ from: "2026-02-01", until: "2026-02-28" });
    expect(monthOf(new Date("2027-12-31T17:00:00Z"))).toEqual({ from: "2028-01-01", until: "2028-01-31" });
    expect(monthOf(new Date("2028-02-29T15:59:00Z"))).toEqual({ from: "2028-02-01", until: "2028-02-29" });
  });
});
