// The units on a map, coloured by one of their numbers; a click chooses the smallest unit under it whose numbers are shown.
import { latLngBounds, type LeafletMouseEvent, type Map as LeafletMap } from "leaflet";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Both, line, type Said } from "../../shared/both";
import { CLASSES } from "../map/classes";
import { Areas, ground, type Outlines, outlines } from "../map/ground";
import { contains } from "../map/inside";
import { complain } from "../notice";
import { amend, here } from "../route";
import { S } from "../says";
import { unitHere } from "../unitpath";
import { COLUMNS, D } from "./says";
import { colourOf, type Paint, PAINTS, STEPS } from "./shares";
import type { Counted } from "./wire";

interface Shown {
  map: LeafletMap;
  areas: Areas;
  shapes: Outlines;
}

export function DutyMap({ known, onChoose }: { known: ReadonlyMap<string, Counted>; onChoose: (unit: string) => void }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [shown, set] = useState<Shown | null>(null);
  const paint = (here.value.query.get("paint") as Paint | null) ?? "contacted";
  const latest = useRef({ known, onChoose });
  latest.current = { known, onChoose };
  useEffect(() => {
    let made: LeafletMap | null = null;
    let gone = false;
    Promise.all([ground(box.current!, line(S.map)), outlines()]).then(([map, shapes]) => {
      made = map;
      if (gone) {
        map.remove();
        return;
      }
      map.on("click", ({ latlng }: LeafletMouseEvent) => {
        const under = shapes.features.filter(({ properties, geometry }) => latest.current.known.has(properties.unit) && contains(geometry, [latlng.lng, latlng.lat]));
        const smallest = under.at(-1);
        if (smallest) {
          latest.current.onChoose(smallest.properties.unit);
        }
      });
      set({ map, shapes, areas: new Areas(map, shapes) });
    }, complain);
    return () => {
      gone = true;
      made?.remove();
    };
  }, []);
  useEffect(() => shown?.areas.paint((unit) => colourOf(known.get(unit), paint)), [shown, known, paint]);
  const unit = unitHere();
  useEffect(() => {
    shown?.areas.layer.eachLayer((layer) => {
      const area = layer as unknown as { feature: Outlines["features"][number]; getBounds: () => ReturnType<typeof latLngBounds> };
      if (unit && area.feature.properties.unit === unit) {
        shown.map.fitBounds(area.getBounds(), { animate: false });
      }
    });
  }, [shown, unit]);
  return (
    <figure class="dutymap">
      <figcaption>
        <fieldset class="row">
          <legend class="unseen">{line(D.mapShows)}</legend>
          {PAINTS.map((one) => (
            <label key={one} class="check">
              <input type="radio" name="paint" checked={paint === one} onChange={() => amend({ paint: one })} />
              <Both of={COLUMNS.find(({ key }) => key === one)!.of} />
            </label>
          ))}
        </fieldset>
        <Steps of={paint} />
      </figcaption>
      <div ref={box} class="map" tabIndex={0} />
      {shown?.shapes.features.length === 0 && (
        <p class="quiet">
          <Both of={D.noMap} />
        </p>
      )}
    </figure>
  );
}

/** What the steps of the hue mean. */
function Steps({ of }: { of: Paint }): JSX.Element {
  const said = (i: number): string => (of === "overdue" ? stepSaid(i) : `${CLASSES[i]!.from}–${CLASSES[i]!.to}%`);
  return (
    <ul class="steps" aria-label={line(S.legend as Said)}>
      {CLASSES.map(({ colour }, i) => (
        <li key={colour}>
          <svg width="16" height="12" aria-hidden="true">
            <rect width="16" height="12" fill={colour} stroke="#9b9183" />
          </svg>
          {said(i)}
        </li>
      ))}
    </ul>
  );
}

function stepSaid(i: number): string {
  const next = STEPS[i + 1];
  return next === undefined ? `≥ ${STEPS[i]}` : next - 1 === STEPS[i] ? String(STEPS[i]) : `${STEPS[i]}–${next - 1}`;
}
