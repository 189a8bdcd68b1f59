import { expect, it } from "vitest";
import { contains } from "./inside";

const square = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]];
const hole = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]];

it("knows what lies within, outside, in a hole and on another part", () => {
  const shape = { type: "MultiPolygon" as const, coordinates: [[square, hole], [[[9, 9], [10, 9], [10, 10], [9, 9]]]] };
  expect(contains(shape, [3, 3])).toBe(true);
  expect(contains(shape, [1.5, 1.5])).toBe(false);
  expect(contains(shape, [5, 3])).toBe(false);
  expect(contains(shape, [9.9, 9.5])).toBe(true);
  expect(contains({ type: "Polygon", coordinates: [square] }, [1.5, 1.5])).toBe(true);
});
