// Beside the map: the visit that was chosen, with the way to its review.
import type { JSX } from "preact";
import { Both, line } from "../../shared/both";
import { moment } from "../../shared/times";
import type { Detail, Spot } from "../../shared/wire";
import { Mode, Outcome } from "../../shared/words";
import { metres } from "../evidence/drawing";
import { Explanation, Fact, Facts, Neighbours, reasonZh } from "../evidence/facts";
import { follow } from "../route";
import { S } from "../says";
import { VerdictChip } from "./mark";

/** What is known of a visit whose evidence is closed to whoever looks: nothing about it waits for a verifier. */
export function ClosedPanel({ of, onClose }: { of: Spot | null; onClose: () => void }): JSX.Element {
  return (
    <aside class="panel" aria-label={line(S.thisVisit)}>
      <header>
        <h2>
          <Both of={S.thisVisit} />
        </h2>
        <button type="button" class="ghost" onClick={onClose}>
          <Both of={S.close} />
        </button>
      </header>
      {of && (
        <>
          <VerdictChip of={of.verdict} />
          <dl class="facts">
            <Fact of={S.when}>{moment(of.started_at)}</Fact>
            <Fact of={S.outcome}>
              {Outcome[of.outcome].zh} · {Mode[of.mode].zh}
            </Fact>
            {of.distance_m !== null && <Fact of={S.distance}>{metres(of.distance_m)}</Fact>}
            {of.accuracy_m !== null && <Fact of={S.accuracy}>{metres(of.accuracy_m)}</Fact>}
            {of.reasons.length > 0 && <Fact of={S.reasons}>{of.reasons.map(reasonZh).join("、")}</Fact>}
          </dl>
        </>
      )}
      <p class="quiet">
        <Both of={S.closedWhy} />
      </p>
    </aside>
  );
}

export function Panel({ of, onZoom, onClose }: { of: Detail; onZoom: () => void; onClose: () => void }): JSX.Element {
  return (
    <aside class="panel" aria-label={line(S.thisVisit)}>
      <header>
        <h2>{of.place.name}</h2>
        <button type="button" class="ghost" onClick={onClose}>
          <Both of={S.close} />
        </button>
      </header>
      <Explanation of={of} />
      <p class="row">
        <a class="button" href={`/console/review?visit=${of.visit}`} onClick={follow}>
          <Both of={S.toReview} />
        </a>
        <button type="button" onClick={onZoom}>
          <Both of={S.zoomTo} />
        </button>
      </p>
      <Facts of={of} />
      <Neighbours of={of} />
    </aside>
  );
}
