// Near enough, every visit of the view shows its accuracy, the place it belongs to, and what its datum was moved by.
import type { FeatureCollection, Point } from "geojson";
import { circle, circleMarker, layerGroup, type LatLng, type LatLngTuple, type Map as LeafletMap, polyline } from "leaflet";
import { get, Problem } from "../../shared/api";
import type { Spot } from "../../shared/wire";
import { COLOUR } from "./shape";

const FROM_ZOOM = 16;

const AROUND = 0.0003; // degrees

/** What is known about a visit at `at` without opening it; null if it is not there. */
export async function spotOf(visit: string, { lat, lng }: LatLng): Promise<Spot | null> {
  const bbox = [lng - AROUND, lat - AROUND, lng + AROUND, lat + AROUND].map((degrees) => degrees.toFixed(5)).join();
  const found = await get<FeatureCollection<Point, Spot>>(`/map/visits.geojson?bbox=${bbox}`);
  return found.features.find((feature) => feature.properties.visit === visit)?.properties ?? null;
}

export class Spots {
  private readonly layer = layerGroup();
  private abort: AbortController | null = null;
  private readonly map: LeafletMap;

  constructor(map: LeafletMap) {
    this.map = map;
    this.layer.addTo(map);
  }

  /** Show those of the view, if it is near enough; `search` holds the filters. */
  async show(search: string, wanted: boolean): Promise<void> {
    this.abort?.abort();
    if (!wanted || this.map.getZoom() < FROM_ZOOM) {
      this.layer.clearLayers();
      return;
    }
    const abort = (this.abort = new AbortController());
    const view = this.map.getBounds();
    const bbox = [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()].map((degrees) => degrees.toFixed(5)).join();
    const path = `/map/visits.geojson${search}${search ? "&" : "?"}bbox=${bbox}`;
    try {
      const found = await get<FeatureCollection<Point, Spot>>(path, { signal: abort.signal });
      this.layer.clearLayers();
      for (const feature of found.features) {
        this.draw([feature.geometry.coordinates[1]!, feature.geometry.coordinates[0]!], feature.properties);
      }
    } catch (error) {
      if (error instanceof Problem && error.code === "area-too-large") {
        this.layer.clearLayers();
      } else if (!abort.signal.aborted) {
        throw error;
      }
    }
  }

  /** Ask for nothing more, and forget what is asked for. */
  stop(): void {
    this.abort?.abort();
  }

  private draw(at: LatLngTuple, spot: Spot): void {
    const colour = COLOUR[spot.verdict];
    const still = { interactive: false } as const;
    if (spot.accuracy_m) {
      circle(at, { radius: spot.accuracy_m, color: colour, weight: 0.7, opacity: 0.6, fillColor: colour, fillOpacity: 0.04, ...still }).addTo(this.layer);
    }
    if (spot.place_lat !== null && spot.place_lon !== null) {
      const home: LatLngTuple = [spot.place_lat, spot.place_lon];
      polyline([at, home], { color: "#57504a", weight: 1, dashArray: "2 3", ...still }).addTo(this.layer);
      circleMarker(home, { radius: 3, color: "#23201d", weight: 1, fillColor: "#fff", fillOpacity: 1, ...still }).addTo(this.layer);
    }
    if (spot.declared !== spot.read_as && spot.told_lat !== null && spot.told_lon !== null) {
      polyline([[spot.told_lat, spot.told_lon], at], { color: "#5b4a9e", weight: 1.2, dashArray: "1 4", ...still }).addTo(this.layer);
    }
  }
}
