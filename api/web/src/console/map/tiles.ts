// Visits as tiles that are drawn on canvas: no WebGL, as many as there are. The server says in each tile whether it
// holds single visits or counts.
import { type Coords, type DoneCallback, GridLayer, type LatLng, type Map as LeafletMap, type Point, point } from "leaflet";
import { bytes } from "../../shared/api";
import { type Cluster, decode, type Dot, type Drawable, NOTHING, SIZE } from "./decode";
import { ring, ringRadius, sign, sum } from "./shape";

const MARGIN = 28; // a sign at the edge of a tile reaches into the next one
const NEAR_PX = 12;

export type Found = { dot: Dot; at: LatLng } | { cluster: Cluster; at: LatLng };

export class VisitTiles extends GridLayer {
  private readonly held = new Map<string, Drawable>();
  private readonly aborts = new Map<HTMLElement, AbortController>();
  private search = "";
  private readonly onTooMany: () => void;

  constructor(onTooMany: () => void) {
    super({ pane: "visits", tileSize: SIZE, updateWhenIdle: false, keepBuffer: 1, minZoom: 3, maxZoom: 20, className: "visits" });
    this.onTooMany = onTooMany;
    this.on("tileunload", ({ tile, coords }) => {
      this.aborts.get(tile)?.abort();
      this.aborts.delete(tile);
      this.held.delete(name(coords));
    });
  }

  /** Show what this query string asks for. */
  ask(search: string): void {
    if (search !== this.search) {
      this.search = search;
      this.redraw(); // does nothing before it is on a map
    }
  }

  override createTile(coords: Coords, done: DoneCallback): HTMLElement {
    const tile = document.createElement("div");
    const abort = new AbortController();
    this.aborts.set(tile, abort);
    this.load(coords, abort.signal).then(
      (drawable) => {
        this.held.set(name(coords), drawable);
        if (drawable !== NOTHING) {
          tile.append(drawn(drawable));
        }
        done(undefined, tile);
      },
      (error: Error) => done(error, tile),
    );
    return tile;
  }

  private async load(coords: Coords, signal: AbortSignal): Promise<Drawable> {
    const answer = await bytes(`/map/tiles/visits/${coords.z}/${coords.x}/${coords.y}.mvt${this.search}`, signal);
    if (answer === "too-many") {
      this.onTooMany();
    }
    return answer instanceof ArrayBuffer ? decode(answer) : NOTHING;
  }

  /** The sign nearest to a place on the map, within `reach` pixels. */
  nearest(map: LeafletMap, at: LatLng, reach = NEAR_PX): Found | null {
    const z = map.getZoom();
    const world = map.project(at, z);
    const centre = world.divideBy(SIZE).floor();
    let best: { distance: number; found: Found } | null = null;
    const onMap = (corner: Point, { x, y }: { x: number; y: number }): LatLng => map.unproject(corner.multiplyBy(SIZE).add(point(x, y)), z);
    for (const [dx, dy] of NINE) {
      const corner = centre.add(point(dx, dy));
      const drawable = this.held.get(`${z}/${corner.x}/${corner.y}`);
      const inside = world.subtract(corner.multiplyBy(SIZE));
      for (const dot of drawable?.dots ?? []) {
        const distance = away(inside, dot);
        if (distance <= (best?.distance ?? reach)) {
          best = { distance, found: { dot, at: onMap(corner, dot) } };
        }
      }
      for (const cluster of drawable?.clusters ?? []) {
        const distance = Math.max(0, away(inside, cluster) - ringRadius(sum(cluster.counts)));
        if (distance <= (best?.distance ?? reach)) {
          best = { distance, found: { cluster, at: onMap(corner, cluster) } };
        }
      }
    }
    return best?.found ?? null;
  }
}

const NINE = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dx, dy] as const));
const name = (coords: Coords): string => `${coords.z}/${coords.x}/${coords.y}`;
const away = (a: Point, b: { x: number; y: number }): number => Math.hypot(a.x - b.x, a.y - b.y);

/** A canvas a little larger than its tile, as sharp as the screen. */
function drawn({ dots, clusters }: Drawable): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const dpr = Math.max(1, devicePixelRatio);
  const size = SIZE + 2 * MARGIN;
  canvas.width = canvas.height = Math.ceil(size * dpr);
  canvas.style.cssText = `position:absolute;left:${-MARGIN}px;top:${-MARGIN}px;width:${size}px;height:${size}px`;
  const context = canvas.getContext("2d")!;
  context.scale(dpr, dpr);
  context.translate(MARGIN, MARGIN);
  for (const { x, y, counts } of clusters) {
    ring(context, counts, x, y);
  }
  const r = dots.length > 1500 ? 3 : 4.5;
  for (const { x, y, verdict } of dots) {
    sign(context, verdict, x, y, r);
  }
  return canvas;
}
