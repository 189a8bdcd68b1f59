import { expect, it } from "vitest";
import { wanted } from "./wanted";
import type { Chosen } from "./wire";

const holder = (id: string) => ({ id, name: id, staff_no: null, unit: null, links: 1 });
const li: Chosen = { kind: "cadre", holder: holder("li") };
const water: Chosen = { kind: "unit", holder: holder("water") };

it("names a cadre or a unit, and links or a programme only when they are chosen", () => {
  expect(wanted(li, water, "2026-03-01", null, null)).toEqual({ from: { cadre: "li" }, to: { unit: "water" }, starts_on: "2026-03-01" });
  expect(wanted(water, li, "2026-03-01", "five", ["a"])).toEqual({ from: { unit: "water" }, to: { cadre: "li" }, starts_on: "2026-03-01", programme: "five", links: ["a"] });
});
