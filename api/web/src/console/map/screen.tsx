// /console/: where visits took place against where the homes are.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { LatLng } from "leaflet";
import { Problem } from "../../shared/api";
import { Both, line } from "../../shared/both";
import type { Detail, Spot } from "../../shared/wire";
import { detailOf } from "../evidence/details";
import { complain } from "../notice";
import { amend } from "../route";
import { S } from "../says";
import { MapController } from "./controller";
import { FilterBar } from "./filters";
import { ClosedPanel, Panel } from "./panel";
import { spotOf } from "./spots";
import { chosen, covering, detailed, filters } from "./state";
import { Timeline } from "./timeline";

export function MapScreen(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapController | null>(null);
  const spot = useRef<LatLng | null>(null);
  const looked = useChosen(chosen.value, spot);
  const detail = looked && "fixes" in looked ? looked : null;
  const { from, until, unit, programme, verdicts } = filters.value;
  const shown = [from, until, unit, programme, verdicts.join()];

  useEffect(() => {
    document.title = `${line(S.map)} · 进门 doorstep`;
    let made: MapController | null = null;
    let gone = false;
    MapController.over(box.current!, (visit, at) => {
      spot.current = at;
      amend({ visit });
    }).then((ready) => {
      made = ready;
      return gone ? ready.remove() : setMap(ready);
    }, complain);
    return () => {
      gone = true;
      made?.remove();
    };
  }, []);
  useEffect(() => map?.show(filters.value, detailed.value), [map, detailed.value, ...shown]);
  useEffect(() => void map?.cover(covering.value ? filters.value : null).catch(complain), [map, covering.value, ...shown]);
  useEffect(() => {
    map?.resized();
    map?.select(detail);
  }, [map, looked]);

  const close = (): void => amend({ visit: null });
  return (
    <div class={looked ? "mapscreen chosen" : "mapscreen"}>
      <h1 class="unseen">
        <Both of={S.map} />
      </h1>
      <FilterBar onUnit={(chosenUnit) => chosenUnit && void map?.goTo(chosenUnit).catch(complain)} />
      <div class="canvas">
        <div ref={box} class="map" tabIndex={0} />
        <Timeline />
      </div>
      {detail && <Panel of={detail} onZoom={() => map?.zoomToChosen()} onClose={close} />}
      {looked && !detail && <ClosedPanel of={(looked as Closed).spot} onClose={close} />}
    </div>
  );
}

/** A visit whose evidence is not to be opened. */
interface Closed {
  spot: Spot | null;
}

/** The chosen visit, once it is read; what the map itself knows of it if it is closed. */
function useChosen(visit: string | null, at: { current: LatLng | null }): Detail | Closed | null {
  const [looked, set] = useState<Detail | Closed | null>(null);
  useEffect(() => {
    let stale = false;
    if (visit === null) {
      set(null);
    } else {
      look(visit, at.current).then((found) => stale || set(found), complain);
    }
    return () => {
      stale = true;
    };
  }, [visit]);
  return looked;
}

async function look(visit: string, at: LatLng | null): Promise<Detail | Closed> {
  try {
    return await detailOf(visit);
  } catch (error) {
    if (!(error instanceof Problem) || ![403, 404].includes(error.status)) {
      throw error;
    }
    return { spot: at && (await spotOf(visit, at)) };
  }
}
