// The evidence of one visit on a map: where the place is and how far it reaches, the fixes with their accuracy, where
// the phone said they were before the datum was put right, where the photos say they were taken, cited neighbours.
import { circle, circleMarker, divIcon, type LatLng, latLng, latLngBounds, type LatLngTuple, layerGroup, type LayerGroup, type Map as LeafletMap, marker, polyline, tooltip } from "leaflet";
import type { Detail, Fix, Position } from "../../shared/wire";
import { COLOUR } from "../map/shape";

const SIGN = (className: string, text: string): ReturnType<typeof divIcon> => {
  const element = document.createElement("span");
  element.textContent = text;
  return divIcon({ className: `sign ${className}`, html: element, iconSize: [22, 22] });
};

const TOLD = "#5b4a9e"; // where the phone said it was, before the datum was put right

export function metres(m: number): string {
  return m < 1000 ? `${Math.round(m)} 米 m` : `${(m / 1000).toFixed(1)} 公里 km`;
}

/** The fix that speaks most clearly: usable and most accurate. */
export function bestFix(fixes: readonly Fix[]): Fix | null {
  const usable = fixes.filter((fix) => fix.usable);
  const candidates = usable.length ? usable : fixes;
  return candidates.reduce<Fix | null>((best, fix) => (best && (best.accuracy_m ?? 1e9) <= (fix.accuracy_m ?? 1e9) ? best : fix), null);
}

/** The middle of the usable fixes, by medians, so that one stray fix moves nothing. */
export function middleOf(fixes: readonly Fix[]): Position | null {
  const usable = fixes.filter((fix) => fix.usable);
  const from = usable.length ? usable : fixes;
  return from.length ? { lon: median(from.map((fix) => fix.lon)), lat: median(from.map((fix) => fix.lat)) } : null;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export interface Drawing {
  layer: LayerGroup;
  focus: LatLngTuple[];
}

/** Draw it on `map` (in the overlay pane); `focus` is what a view should hold. */
export function draw(map: LeafletMap, detail: Detail): Drawing {
  const layer = layerGroup().addTo(map);
  const focus: LatLngTuple[] = [];
  const { place, fixes } = detail;
  const home: LatLngTuple | null = place.lon !== null && place.lat !== null ? [place.lat, place.lon] : null;
  if (home) {
    const radius = place.radius_m ?? 0;
    circle(home, { radius, color: "#23201d", weight: 1.2, dashArray: "6 4", fillColor: "#23201d", fillOpacity: 0.05, interactive: false }).addTo(layer);
    const reach = latLng(home).toBounds(Math.max(100, 2 * radius));
    focus.push(tuple(reach.getSouthWest()), tuple(reach.getNorthEast()));
  }
  const best = bestFix(fixes);
  for (const fix of fixes) {
    drawFix(layer, fix, COLOUR[detail.verdict]);
    focus.push([fix.lat, fix.lon]);
  }
  if (best && best.datum !== best.read_as) {
    polyline([[best.told_lat, best.told_lon], [best.lat, best.lon]], { color: TOLD, weight: 1.4, dashArray: "2 5", interactive: false }).addTo(layer);
  }
  if (home && best) {
    const at: LatLngTuple = [best.lat, best.lon];
    polyline([at, home], { color: "#23201d", weight: 1.5, dashArray: "2 4", interactive: false }).addTo(layer);
    tooltip({ permanent: true, direction: "center", className: "distance" })
      .setLatLng([(at[0] + home[0]) / 2, (at[1] + home[1]) / 2])
      .setContent(metres(latLng(at).distanceTo(home)))
      .addTo(layer);
  }
  for (const photo of detail.photos) {
    if (photo.picture?.lon != null && photo.picture.lat != null) {
      marker([photo.picture.lat, photo.picture.lon], { icon: SIGN("photo", "照"), keyboard: false, title: "照片拍摄处 photo" }).addTo(layer);
    }
  }
  for (const { place: other } of detail.neighbours) {
    if (other.lon !== null && other.lat !== null) {
      marker([other.lat, other.lon], { icon: SIGN("neighbour", "邻"), keyboard: false, title: other.name }).addTo(layer);
      focus.push([other.lat, other.lon]);
    }
  }
  if (home) {
    marker(home, { icon: SIGN("home", "户"), keyboard: false, title: place.name, zIndexOffset: 500 }).addTo(layer);
  }
  return { layer, focus };
}

function drawFix(layer: LayerGroup, fix: Fix, colour: string): void {
  const at: LatLngTuple = [fix.lat, fix.lon];
  if (fix.accuracy_m !== null && fix.accuracy_m > 0) {
    circle(at, { radius: fix.accuracy_m, color: colour, weight: 0.8, opacity: 0.7, fillColor: colour, fillOpacity: 0.05, interactive: false }).addTo(layer);
  }
  if (fix.datum !== fix.read_as) {
    const told: LatLngTuple = [fix.told_lat, fix.told_lon];
    circleMarker(told, { radius: 4, color: TOLD, weight: 1.5, fill: false, interactive: false }).addTo(layer);
  }
  circleMarker(at, { radius: 4.5, color: fix.usable ? "#fff" : colour, weight: 1.2, fillColor: fix.usable ? colour : "#fff", fillOpacity: 1, interactive: false }).addTo(layer);
}

const tuple = (at: LatLng): LatLngTuple => [at.lat, at.lng];

/** Bring what was drawn into view, not nearer than a street. */
export function bringIntoView(map: LeafletMap, focus: readonly LatLngTuple[]): void {
  if (focus.length) {
    map.fitBounds(latLngBounds([...focus]), { maxZoom: 18, padding: [28, 28], animate: false });
  }
}
