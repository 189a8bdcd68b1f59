// The map itself: outlines of the units as ground, pictures of a tile server below them if the settings name one.
import type { FeatureCollection, MultiPolygon, Polygon } from "geojson";
import { canvas, control, geoJSON, type GeoJSON, latLngBounds, type Map as LeafletMap, map as leafletMap, type PathOptions, tileLayer } from "leaflet";
import "leaflet/dist/leaflet.css";
import "../style/map.css";
import { get } from "../../shared/api";
import type { MapSettings, Outline } from "../../shared/wire";
import { nameAreas } from "./names";

export type Outlines = FeatureCollection<Polygon | MultiPolygon, Outline>;

let asked: Promise<MapSettings> | null = null;
let drawn: Promise<Outlines> | null = null;

/** Settings of the map, asked for once. */
export const mapSettings = (): Promise<MapSettings> => (asked ??= get<MapSettings>("/map/settings"));
/** Outlines of all units in scope, asked for once. */
export const outlines = (): Promise<Outlines> => (drawn ??= get<Outlines>("/map/areas.geojson"));

const CHINA: [[number, number], [number, number]] = [[18, 73], [54, 135]];

/** A map of the installation's bounds in `box`; outlines come when they are there. */
export async function ground(box: HTMLElement, label: string): Promise<LeafletMap> {
  const settings = await mapSettings();
  const map = leafletMap(box, {
    preferCanvas: true,
    maxZoom: Math.min(20, settings.zoom_max),
    minZoom: 4,
    zoomSnap: 1,
    renderer: canvas({ padding: 0.5 }),
    fadeAnimation: false,
    zoomAnimation: false, // Leaflet ends one a quarter of a second later, even on a map that was removed meanwhile
  });
  map.attributionControl.setPrefix(false);
  map.zoomControl.remove();
  control.zoom({ position: "topright", zoomInTitle: "放大 Zoom in", zoomOutTitle: "缩小 Zoom out" }).addTo(map);
  control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  box.setAttribute("role", "application");
  box.setAttribute("aria-label", label);
  if (settings.tile_url) {
    tileLayer(settings.tile_url, { subdomains: "01234567", attribution: escaped(settings.tile_credit), maxNativeZoom: 18, maxZoom: 20 }).addTo(map);
  }
  map.on("zoomend", () => box.classList.toggle("far", map.getZoom() < 15));
  const [west, south, east, north] = settings.bounds ?? [];
  map.fitBounds(west === undefined ? CHINA : latLngBounds([south!, west], [north!, east!]));
  return map;
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** Outlines of the units under everything else; `fill` gives a unit's colour, or null. */
export class Areas {
  readonly layer: GeoJSON<Outline>;
  private fill: (unit: string) => string | null = () => null;

  constructor(map: LeafletMap, shapes: Outlines) {
    map.createPane("areas").style.zIndex = "250";
    map.createPane("names").style.zIndex = "260";
    this.layer = geoJSON<Outline>(shapes, {
      pane: "areas",
      interactive: false,
      style: (feature) => this.style(feature!.properties),
    }).addTo(map);
    nameAreas(map, shapes);
  }

  paint(fill: (unit: string) => string | null): void {
    this.fill = fill;
    this.layer.setStyle((feature) => this.style(feature!.properties));
  }

  private style({ unit, kind, source }: Outline): PathOptions {
    const colour = this.fill(unit);
    const isTown = kind !== "village";
    return {
      color: isTown ? "#8a7f70" : "#b9afa0",
      weight: isTown ? 1.6 : 0.8,
      dashArray: source === "sketched" ? "4 4" : "",
      fillColor: colour ?? "#fffdf8",
      fillOpacity: colour ? 0.75 : isTown ? 0.6 : 0,
    };
  }
}
