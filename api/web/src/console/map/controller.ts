// The map of the screen as one object: what is drawn on it, what a click finds, what it forgets when it goes.
import { circleMarker, type LatLng, type Map as LeafletMap } from "leaflet";
import type { Detail } from "../../shared/wire";
import { bestFix, bringIntoView, draw, type Drawing } from "../evidence/drawing";
import { complain, tell } from "../notice";
import { S } from "../says";
import { colourOf, coverage } from "./coverage";
import { Areas, ground, outlines } from "./ground";
import { Spots } from "./spots";
import { asked, type Filters } from "./state";
import { VisitTiles } from "./tiles";

const PAUSE_MS = 250;
const KEY_REACH_PX = 80;
const HALO = { radius: 12, color: "#0b5fae", weight: 3, fill: false, interactive: false };

export class MapController {
  private readonly tiles = new VisitTiles(() => tell(S.tooMany));
  private readonly spots: Spots;
  private areas: Areas | null = null;
  private drawing: Drawing | null = null;
  private painting: AbortController | null = null;
  private timer = 0;
  private search = "";
  private detailed = true;
  private isGone = false;
  private readonly map: LeafletMap;
  private readonly onChoose: (visit: string, at: LatLng) => void;

  private constructor(map: LeafletMap, onChoose: (visit: string, at: LatLng) => void) {
    this.map = map;
    this.onChoose = onChoose;
    this.spots = new Spots(map);
    map.createPane("visits").style.zIndex = "420"; // over outlines and accuracy, under names of signs
    map.on("click", ({ latlng }) => this.take(latlng));
    map.on("moveend", () => this.later());
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.code === "Enter") {
        this.take(map.getCenter(), KEY_REACH_PX);
      }
    });
  }

  static async over(box: HTMLElement, onChoose: (visit: string, at: LatLng) => void): Promise<MapController> {
    const made = new MapController(await ground(box, S.mapHelp.join(" ")), onChoose);
    outlines().then((shapes) => made.isGone || (made.areas = new Areas(made.map, shapes)), complain);
    return made;
  }

  /** Show the visits of these filters; `detailed` adds accuracy and places where the view is near enough. */
  show(filters: Filters, detailed: boolean): void {
    this.search = asked(filters);
    this.detailed = detailed;
    this.tiles.ask(this.search);
    this.tiles.addTo(this.map); // only now: without filters it would ask for every visit there is
    this.later();
  }

  /** Colour the areas by coverage, or not. */
  async cover(filters: Filters | null): Promise<void> {
    this.painting?.abort();
    await outlines();
    if (this.isGone) {
      return;
    }
    if (filters === null) {
      this.areas?.paint(() => null);
      return;
    }
    const painting = (this.painting = new AbortController());
    const counts = await coverage(filters, painting.signal);
    this.areas?.paint((unit) => colourOf(counts.get(unit)));
  }

  /** Bring a unit's outline into view. */
  async goTo(unit: string): Promise<void> {
    await outlines();
    if (this.isGone) {
      return;
    }
    this.areas?.layer.eachLayer((layer) => {
      const shape = layer as unknown as { feature: { properties: { unit: string } }; getBounds: () => Parameters<LeafletMap["fitBounds"]>[0] };
      if (shape.feature.properties.unit === unit) {
        this.map.fitBounds(shape.getBounds());
      }
    });
  }

  /** Draw the evidence of the chosen visit over everything, or nothing. */
  select(detail: Detail | null): void {
    this.drawing?.layer.remove();
    this.drawing = detail && draw(this.map, detail);
    const best = detail && bestFix(detail.fixes);
    if (best) {
      circleMarker([best.lat, best.lon], HALO).addTo(this.drawing!.layer);
    }
    if (this.drawing && !this.drawing.focus.every((at) => this.map.getBounds().contains(at))) {
      this.zoomToChosen();
    }
  }

  /** Bring the chosen visit into view, as near as its evidence allows. */
  zoomToChosen(): void {
    bringIntoView(this.map, this.drawing?.focus ?? []);
  }

  resized(): void {
    this.map.invalidateSize();
  }

  /** End it. What is still awaited then finds nothing to draw on. */
  remove(): void {
    this.isGone = true;
    clearTimeout(this.timer);
    this.painting?.abort();
    this.spots.stop();
    this.map.remove();
  }

  private take(at: LatLng, reach?: number): void {
    const found = this.tiles.nearest(this.map, at, reach);
    if (!found) {
      return;
    }
    if ("dot" in found) {
      this.onChoose(found.dot.visit, found.at);
    } else {
      this.map.setView(found.at, Math.min(this.map.getZoom() + 2, this.map.getMaxZoom()));
    }
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.spots.show(this.search, this.detailed).catch(complain), PAUSE_MS);
  }
}
