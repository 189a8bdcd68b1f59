// What is known about one visit, in words: who, where, when, what the machine found and why.
import type { JSX } from "preact";
import { Both } from "../../shared/both";
import { moment, time } from "../../shared/times";
import type { Detail } from "../../shared/wire";
import { Attestation, Deciding, Mode, Outcome, PositionMethod, Reason, Recorded, SameKind, Statement, Verdict } from "../../shared/words";
import { VerdictChip } from "../map/mark";
import { S } from "../says";

export function Explanation({ of }: { of: Detail }): JSX.Element {
  return (
    <section class="explanation">
      <VerdictChip of={of.verdict} />
      <p>{of.explanation.zh}</p>
      <p lang="en">{of.explanation.en}</p>
      {of.reasons.length > 0 && (
        <ul class="reasons" aria-label={S.reasons.join(" ")}>
          {[...of.reasons].sort((a, b) => b.weight - a.weight).map((reason) => (
            <li key={reason.code}>
              <Both of={reason.label} />
              {reason.weight > 0 && <b class={reason.weight >= 1 ? "strong" : ""}>{reason.weight >= 1 ? "强 strong" : reason.weight}</b>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

export function Facts({ of }: { of: Detail }): JSX.Element {
  const { place, clock } = of;
  const method = place.method as keyof typeof PositionMethod | null | undefined;
  return (
    <dl class="facts">
      <Fact of={S.place}>
        {place.name} · {of.unit.name}
      </Fact>
      <Fact of={S.address}>{place.address || S.noAddress[0]}</Fact>
      <Fact of={S.positionBy}>{place.lon === null ? S.noPosition[0] : method ? PositionMethod[method].zh : "–"}</Fact>
      <Fact of={S.cadre}>{of.cadre.name}</Fact>
      <Fact of={S.when}>
        {moment(of.started_at)}
        {of.ended_at && `–${time(of.ended_at)}`}
        <small>
          {S.handedIn[0]} {moment(of.received_at)}
        </small>
        {clock.uncertainty_s !== null && clock.uncertainty_s > 30 && (
          <small>
            {S.clockOff[0]} {Math.round(clock.uncertainty_s)} s
          </small>
        )}
      </Fact>
      <Fact of={S.outcome}>
        {Outcome[of.outcome].zh} · {Mode[of.mode].zh} · {Recorded[of.recorded].zh}
      </Fact>
      <Fact of={S.fixes}>{fixes(of)}</Fact>
    </dl>
  );
}

export function Fact({ of, children }: { of: readonly [string, string]; children: JSX.Element["props"]["children"] }): JSX.Element {
  return (
    <div>
      <dt>
        <Both of={of} />
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

function fixes({ fixes }: Detail): string {
  const known = fixes.map((fix) => fix.accuracy_m).filter((m): m is number => m !== null);
  const usable = fixes.filter((fix) => fix.usable).length;
  const [best, worst] = [Math.round(Math.min(...known)), Math.round(Math.max(...known))];
  const accuracy = known.length ? ` · 精度 accuracy ${best === worst ? best : `${best}–${worst}`} 米 m` : "";
  return `${fixes.length} · 可用 usable ${usable}${accuracy}`;
}

export function Heard({ of }: { of: Detail }): JSX.Element {
  return (
    <section>
      <h3>
        <Both of={S.heard} />
      </h3>
      {of.questions.map((question) => (
        <p key={question.id} class="question">
          <small>
            {question.by.name} {moment(question.at)}
            {question.answered_at === null && (
              <em>
                <Both of={S.unanswered} />
              </em>
            )}
          </small>
          {question.text}
        </p>
      ))}
      {of.said.map((said) => (
        <p key={said.id} class="said">
          <small>
            {of.cadre.name} · {Statement[said.kind].zh} {moment(said.at)}
          </small>
          {said.codes.map((code) => (
            <b key={code}>{Attestation[code]?.zh ?? code} </b>
          ))}
          {said.text}
        </p>
      ))}
      {of.questions.length + of.said.length === 0 && (
        <p class="quiet">
          <Both of={S.notHeard} />
        </p>
      )}
    </section>
  );
}

export function Neighbours({ of }: { of: Detail }): JSX.Element | null {
  return of.neighbours.length ? (
    <section>
      <h3>
        <Both of={S.neighbours} />
      </h3>
      <ul class="plain">
        {of.neighbours.map((neighbour) => (
          <li key={neighbour.visit}>
            <span class="sign neighbour">邻</span> {neighbour.place.name} {moment(neighbour.started_at)}
            {neighbour.ended_at && `–${time(neighbour.ended_at)}`} <small>{reasonZh(neighbour.reason)}</small>
          </li>
        ))}
      </ul>
    </section>
  ) : null;
}

export const reasonZh = (code: string): string => Reason[code as keyof typeof Reason]?.zh ?? code;

export function Trail({ of }: { of: Detail }): JSX.Element | null {
  const linked = of.same.filter((same) => !same.undone);
  return of.decisions.length + of.history.length + linked.length ? (
    <details class="trail">
      <summary>
        <Both of={S.history} /> {of.history.length + of.decisions.length}
      </summary>
      <ul class="plain">
        {of.decisions.map((decision) => (
          <li key={decision.id} class={decision.undone_at ? "undone" : ""}>
            {moment(decision.at)} {decision.by.name} {Deciding[decision.deciding].zh} {decision.reason}
            {decision.undone_at && <em> {S.undone[0]}</em>}
          </li>
        ))}
        {of.history.map((judged) => (
          <li key={judged.n}>
            {moment(judged.at)} #{judged.n} {Verdict[judged.verdict].zh} <small>{judged.reasons.map(reasonZh).join("、")}</small>
          </li>
        ))}
        {linked.map((same) => (
          <li key={same.visit}>
            {SameKind[same.kind as keyof typeof SameKind]?.zh ?? same.kind} <small>{same.method}</small>
          </li>
        ))}
      </ul>
    </details>
  ) : null;
}
