// The map in the middle of the desk: the evidence of the visit, or, while an address is corrected, a cross for the place
// where the home really is.
import type { Map as LeafletMap } from "leaflet";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Both, line } from "../../shared/both";
import type { Detail, Position, Preview } from "../../shared/wire";
import { Verdict } from "../../shared/words";
import { bringIntoView, draw, middleOf } from "../evidence/drawing";
import { Areas, ground, outlines } from "../map/ground";
import { COLOUR, ORDER } from "../map/shape";
import { complain } from "../notice";
import { codeOf, S } from "../says";
import * as acts from "./acts";
import type { Desk } from "./desk";

export function DeskMap({ desk }: { desk: Desk }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<LeafletMap | null>(null);
  const detail = desk.detail.value;
  const isAiming = desk.doing.value?.what === "address";

  useEffect(() => {
    let made: LeafletMap | null = null;
    let gone = false;
    ground(box.current!, line(S.map)).then((ready) => {
      made = ready;
      if (gone) {
        ready.remove();
        return;
      }
      setMap(ready);
      outlines().then((shapes) => gone || new Areas(ready, shapes), complain);
    }, complain);
    return () => {
      gone = true;
      made?.remove();
    };
  }, []);
  useEffect(() => {
    if (!map || !detail) {
      return undefined;
    }
    const { layer, focus } = draw(map, detail);
    bringIntoView(map, focus);
    return () => void layer.remove();
  }, [map, detail]);
  return (
    <div class={isAiming ? "deskmap aiming" : "deskmap"}>
      <div ref={box} class="map" tabIndex={isAiming ? 0 : -1} />
      {map && detail && (isAiming ? <Aim desk={desk} map={map} detail={detail} /> : <Key of={detail} />)}
    </div>
  );
}

/** What the signs on the map mean, those that are there. */
function Key({ of }: { of: Detail }): JSX.Element {
  const isMoved = of.fixes.some((fix) => fix.datum !== fix.read_as);
  return (
    <ul class="key">
      <li>
        <span class="sign">户</span> {S.place[0]} {of.place.radius_m ?? "–"} m
      </li>
      <li>
        <svg width="30" height="12" aria-hidden="true">
          <circle cx="6" cy="6" r="4" fill={COLOUR[of.verdict]} />
          <circle cx="22" cy="6" r="4" fill="#fff" stroke={COLOUR[of.verdict]} />
        </svg>
        <Both of={S.fixSigns} />
      </li>
      {isMoved && (
        <li>
          <svg width="12" height="12" aria-hidden="true">
            <circle cx="6" cy="6" r="4" fill="none" stroke="#5b4a9e" stroke-width="1.5" />
          </svg>
          <Both of={S.toldSigns} />
        </li>
      )}
      {of.neighbours.length > 0 && (
        <li>
          <span class="sign neighbour">邻</span> {S.neighbourSign[0]}
        </li>
      )}
    </ul>
  );
}

function Aim({ desk, map, detail }: { desk: Desk; map: LeafletMap; detail: Detail }): JSX.Element {
  const [shown, show] = useState<{ at: Position; preview: Preview } | null>(null);
  const moves = useRef(0); // an answer about where the cross was before it moved is worth nothing
  const aim = (to: Position | null): void => {
    if (to) {
      map.setView([to.lat, to.lon], Math.max(17, map.getZoom()), { animate: false });
    }
  };
  const see = (): void => {
    const { lat, lng } = map.getCenter();
    const at = { lat, lon: lng };
    const asked = moves.current;
    acts.effect(desk, at).then((preview) => asked === moves.current && show({ at, preview }), complain);
  };
  const correct = (): void => (shown ? acts.correctAddress(desk, shown.at) : see());
  const latest = useRef(correct);
  latest.current = correct;

  useEffect(() => {
    aim(middleOf(detail.fixes));
    const begun = moves.current;
    acts.effect(desk, null).then((preview) => begun === moves.current && aim(preview.position), complain);
    map.getContainer().focus();
    const pan = ({ latlng }: { latlng: { lat: number; lng: number } }): void => void map.panTo([latlng.lat, latlng.lng], { animate: false });
    const forget = (): void => {
      moves.current += 1;
      show(null);
    };
    const press = (event: KeyboardEvent): void => {
      if (event.code === "Enter") {
        event.preventDefault();
        latest.current();
      }
    };
    map.on("click", pan);
    map.on("movestart", forget);
    map.getContainer().addEventListener("keydown", press);
    return () => {
      map.off("click", pan);
      map.off("movestart", forget);
      map.getContainer().removeEventListener("keydown", press);
    };
  }, [map, detail]);

  const target = desk.addressed();
  return (
    <>
      <svg class="cross" viewBox="0 0 40 40" width="40" height="40" aria-hidden="true">
        <path d="M20 2v14M20 24v14M2 20h14M24 20h14" />
        <circle cx="20" cy="20" r="3" />
      </svg>
      <section class="aim" aria-label={line(S.addressTitle)}>
        <h2>
          <Both of={S.addressTitle} />
          {"cause" in target && (
            <em>
              <Both of={S.wholeGroup} />
            </em>
          )}
        </h2>
        <p>
          <Both of={S.addressHint} />
        </p>
        {shown && <Effect of={shown.preview} />}
        <p class="row">
          <button type="button" class="primary" onClick={correct}>
            <kbd>Enter</kbd> <Both of={shown ? S.correctNow : S.seeEffect} />
          </button>
          <button type="button" onClick={() => aim(middleOf(detail.fixes))}>
            <Both of={S.useFixes} />
          </button>
          <button type="button" class="ghost" onClick={() => (desk.doing.value = null)}>
            <kbd>Esc</kbd> <Both of={S.cancel} />
          </button>
        </p>
      </section>
    </>
  );
}

/** What a decision would make of the visits it concerns. */
export function Effect({ of }: { of: Preview }): JSX.Element {
  const why = [...new Set(of.left_out.map(({ code }) => codeOf(code)[0]))].join("、");
  return (
    <p class="effect" role="status">
      <Both of={S.effect} /> <b>{of.count}</b> · <Both of={S.becomes} />{" "}
      {[...ORDER].reverse().map((verdict) => of.after[verdict] > 0 && (
        <span key={verdict}>
          {Verdict[verdict].zh} <b>{of.after[verdict]}</b>{" "}
        </span>
      ))}
      {of.left_out.length > 0 && (
        <span>
          · <Both of={S.leftOut} /> {of.left_out.length}({why})
        </span>
      )}
    </p>
  );
}
