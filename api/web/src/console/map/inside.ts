// Whether a point lies within an outline: a ray to the east crosses its rings an odd number of times.
import type { MultiPolygon, Polygon, Position } from "geojson";

export function contains(shape: Polygon | MultiPolygon, point: Position): boolean {
  const parts = shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates;
  return parts.some((rings) => rings.reduce((inside, ring) => (crosses(ring, point) ? !inside : inside), false));
}

function crosses(ring: Position[], [x, y]: Position): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [xi, yi] = ring[i] as [number, number];
    const [xj, yj] = ring[j] as [number, number];
    if (yi > y! !== yj > y! && x! < ((xj - xi) * (y! - yi)) / (yj - yi) + xi) {
      inside = !inside;
    }
  }
  return inside;
}
