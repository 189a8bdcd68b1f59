import { expect, test } from "vitest";
import { gather } from "./decode";
import { ringRadius, short, sum } from "./shape";

const cell = (x: number, y: number, verified: number, doubtful = 0) => ({ x, y, counts: { verified, doubtful, unverifiable: 0, refused: 0 } });

test("cells of one square become one ring near most visits, and none is lost", () => {
  const rings = gather([cell(24, 30, 30), cell(40, 30, 10, 5), cell(200, 200, 1)]);
  expect(rings).toHaveLength(2);
  expect(rings[0]!.counts).toEqual({ verified: 40, doubtful: 5, unverifiable: 0, refused: 0 });
  expect(rings[0]!.x).toBeCloseTo((24 * 30 + 40 * 15) / 45);
  expect(rings.map((r) => sum(r.counts))).toEqual([45, 1]);
});

test("a ring stays inside its square, so that no two overlap", () => {
  const [ring] = gather([cell(64.5, 127.5, 5000)]);
  const r = ringRadius(5000);
  expect(ring!.x).toBeCloseTo(64 + r);
  expect(ring!.y).toBeCloseTo(128 - r);
});

test("cells without visits draw nothing", () => {
  expect(gather([cell(1, 1, 0)])).toEqual([]);
});

test("large numbers are written short and rings grow slowly", () => {
  expect([950, 1200, 15_000, 1_100_000].map(short)).toEqual(["950", "1.2k", "15k", "1.1M"]);
  expect(ringRadius(1_000_000)).toBeLessThanOrEqual(26);
});
