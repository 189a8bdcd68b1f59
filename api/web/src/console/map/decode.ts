// A tile of the server as things to draw, in pixels of a tile of 256.
import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import type { Verdict } from "../../shared/words";
import { type Counts, ORDER, ringRadius } from "./shape";

export const SIZE = 256;
const BIN = 64;

export interface Dot {
  x: number;
  y: number;
  visit: string;
  verdict: Verdict;
}

export interface Cluster {
  x: number;
  y: number;
  counts: Counts;
}

export interface Drawable {
  dots: Dot[];
  clusters: Cluster[];
}

export const NOTHING: Drawable = { dots: [], clusters: [] };

/** Single visits in the order in which they are drawn; counts gathered into few rings that do not overlap much. */
export function decode(bytes: ArrayBuffer): Drawable {
  const { layers } = new VectorTile(new PbfReader(new Uint8Array(bytes)));
  const dots: Dot[] = [];
  const cells: Cluster[] = [];
  const visits = layers["visits"];
  for (let i = 0; i < (visits?.length ?? 0); i += 1) {
    const feature = visits!.feature(i);
    const point = feature.loadGeometry()[0]?.[0];
    if (point) {
      const scale = SIZE / visits!.extent;
      const { id, verdict } = feature.properties;
      dots.push({ x: point.x * scale, y: point.y * scale, visit: String(id), verdict: verdict as Verdict });
    }
  }
  const counted = layers["counts"];
  for (let i = 0; i < (counted?.length ?? 0); i += 1) {
    const feature = counted!.feature(i);
    const point = feature.loadGeometry()[0]?.[0];
    if (point) {
      const scale = SIZE / counted!.extent;
      const counts = Object.fromEntries(ORDER.map((v) => [v, Number(feature.properties[v] ?? 0)])) as Counts;
      cells.push({ x: point.x * scale, y: point.y * scale, counts });
    }
  }
  dots.sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  return { dots, clusters: gather(cells) };
}

/** One ring for each square of 64 pixels, near the middle of what was counted there, never over the square's edge. */
export function gather(cells: readonly Cluster[]): Cluster[] {
  const bins = new Map<string, Bin>();
  for (const { x, y, counts } of cells) {
    const [column, row] = [Math.floor(x / BIN), Math.floor(y / BIN)];
    const key = `${column} ${row}`;
    const bin = bins.get(key) ?? { column, row, x: 0, y: 0, n: 0, counts: { verified: 0, unverifiable: 0, refused: 0, doubtful: 0 } };
    for (const verdict of ORDER) {
      const n = counts[verdict];
      bin.counts[verdict] += n;
      bin.x += x * n;
      bin.y += y * n;
      bin.n += n;
    }
    bins.set(key, bin);
  }
  return [...bins.values()].filter((bin) => bin.n > 0).map(({ column, row, x, y, n, counts }) => {
    const r = ringRadius(n);
    const inside = (at: number, square: number): number => Math.min(Math.max(at, square * BIN + r), (square + 1) * BIN - r);
    return { x: inside(x / n, column), y: inside(y / n, row), counts };
  });
}

interface Bin {
  column: number;
  row: number;
  x: number;
  y: number;
  n: number;
  counts: Counts;
}
