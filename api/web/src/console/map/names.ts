// Names of areas on the map: towns from afar, villages from near, and none over another.
import type { Position } from "geojson";
import { type LatLng, latLng, type LatLngBounds, latLngBounds, type Map as LeafletMap, tooltip } from "leaflet";
import type { Outlines } from "./ground";

const FROM_ZOOM: Record<string, number> = { town: 9, village: 13 };
const TO_ZOOM: Record<string, number> = { town: 12, village: 20 };
const LETTER_PX: Record<string, number> = { town: 15.5, village: 12.5 };
const LINE_PX = 18;

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Keep the names of what is in view on the map, as many as fit, in the order of `shapes`. */
export function nameAreas(map: LeafletMap, shapes: Outlines): void {
  const names = shapes.features
    .filter(({ properties }) => properties.kind in FROM_ZOOM)
    .map(({ properties, geometry }) => ({ ...properties, at: middle(geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates) }));
  const shown = new Map<string, ReturnType<typeof tooltip>>();
  const update = (): void => {
    const zoom = map.getZoom();
    const taken: Box[] = [];
    const fits = (kind: string, name: string, at: LatLng): boolean => {
      if (zoom < FROM_ZOOM[kind]! || zoom > TO_ZOOM[kind]! || !map.getBounds().contains(at)) {
        return false;
      }
      const { x, y } = map.latLngToLayerPoint(at);
      const half = (name.length * LETTER_PX[kind]!) / 2;
      const box = { left: x - half, right: x + half, top: y - LINE_PX / 2, bottom: y + LINE_PX / 2 };
      return !taken.some((other) => overlap(box, other)) && taken.push(box) > 0;
    };
    for (const { unit, kind, name, at } of names) {
      const wanted = fits(kind, name, at);
      if (wanted && !shown.has(unit)) {
        const text = document.createElement("span");
        text.textContent = name;
        const options = { permanent: true, direction: "center", className: `area-name ${kind}`, pane: "names" } as const;
        shown.set(unit, tooltip(options).setLatLng(at).setContent(text).addTo(map));
      } else if (!wanted) {
        shown.get(unit)?.remove();
        shown.delete(unit);
      }
    }
  };
  map.on("moveend", update);
  update();
}

const overlap = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** The middle of the largest part: a town with islands has its name on the mainland. */
function middle(parts: Position[][][]): LatLng {
  const boxes = parts.map(([ring]) => latLngBounds(ring!.map(([lon, lat]) => latLng(lat!, lon!))));
  const size = (box: LatLngBounds): number => (box.getEast() - box.getWest()) * (box.getNorth() - box.getSouth());
  return boxes.reduce((largest, box) => (size(box) > size(largest) ? box : largest)).getCenter();
}
