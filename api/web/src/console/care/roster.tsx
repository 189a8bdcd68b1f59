// Where leaders of towns say they are, for the coming days; one says it for himself alone.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get, post, query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { date, daysBefore } from "../../shared/times";
import { RosterState } from "../../shared/words";
import { complain, tell } from "../notice";
import { S } from "../says";
import { UnitPath, usePath } from "../unitpath";
import { C } from "./says";
import type { RosterDay } from "./wire";

const STATES = Object.keys(RosterState) as RosterState[];

export function Roster(): JSX.Element {
  const unit = usePath().at(-1) ?? null;
  const [days, set] = useState<RosterDay[] | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let stale = false;
    if (unit) {
      get<{ days: RosterDay[] }>(`/roster${query({ unit, first_on: daysBefore(6), last_on: date(new Date()) })}`).then((found) => stale || set(found.days), complain);
    }
    return () => {
      stale = true;
    };
  }, [unit, turn]);
  const say = (state: RosterState | null): void =>
    void post("/roster", { on: date(new Date()), state }).then(() => {
      tell(C.saved);
      setTurn(turn + 1);
    }, complain);
  return (
    <>
      <form class="tools" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
        <UnitPath />
        <p class="quiet">
          <Both of={C.rosterHint} />
        </p>
      </form>
      <div class="sheet">
        <p class="row">
          <Both of={C.me} />
          {STATES.map((state) => (
            <button key={state} type="button" onClick={() => say(state)}>
              <Both of={RosterState[state]} />
            </button>
          ))}
          <button type="button" onClick={() => say(null)}>
            <Both of={C.takeBack} />
          </button>
        </p>
        {days?.length ? (
          <table class="rows">
            <caption class="unseen">{line(C.roster)}</caption>
            <thead>
              <tr>
                {[C.day, S.unit, ...STATES.map((state) => [RosterState[state].zh, RosterState[state].en] as const), C.people].map((said) => (
                  <th key={said[1]} scope="col">
                    <Both of={said} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {days.map((day) => (
                <tr key={day.on + day.unit.id}>
                  <th scope="row">{day.on}</th>
                  <td>{day.unit.name}</td>
                  {STATES.map((state) => (
                    <td key={state} class="n">
                      {day[state]}
                    </td>
                  ))}
                  <td>{day.people?.map(({ person, state }) => `${person.name} ${RosterState[state].zh}`).join("、") ?? "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : (
          <p class="empty" role="status">
            <Both of={days || !unit ? C.noRoster : S.loading} />
          </p>
        )}
      </div>
    </>
  );
}
