// Life events of the units below: what happened, until when somebody is to go there, and who.
import type { JSX } from "preact";
import { query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { moment } from "../../shared/times";
import { LifeEvent, ObligationState } from "../../shared/words";
import { usePaged } from "../paged";
import { Choice, Table } from "../parts";
import { amend, here } from "../route";
import { S } from "../says";
import { UnitPath, unitHere } from "../unitpath";
import { C } from "./says";
import type { Event } from "./wire";

const STATES = ["owed", "gap", "met", "lapsed", "excused"] as const;
const said = (state: Event["state"]): string => line(state === "gap" ? C.gap : ObligationState[state]);

export function Events(): JSX.Element {
  const state = here.value.query.get("state");
  const list = usePaged<Event>(`/life-events${query({ unit: unitHere(), state })}`);
  return (
    <>
      <form class="tools" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
        <UnitPath />
        <Choice of={C.state} value={state} none={S.all} options={STATES.map((one) => [one, said(one)] as const)} onChoose={(one) => amend({ state: one })} />
      </form>
      <div class="sheet">
        <Table
          list={list}
          empty={C.noEvents}
          caption={C.events}
          heads={[C.event, C.home, S.unit, C.happened, C.told, C.due, C.holder, C.state]}
          row={(one) => (
            <tr key={one.id}>
              <th scope="row">
                <Both of={LifeEvent[one.event]} />
              </th>
              <td>{one.place?.name ?? <Both of={C.unregistered} />}</td>
              <td>{one.unit.name}</td>
              <td>{one.happened_on}</td>
              <td>
                {moment(one.told_at)} {one.times > 1 && <small>{`${one.times} ${C.times[0]}`}</small>}
              </td>
              <td>
                {one.due_at ? moment(one.due_at) : "–"}{" "}
                {one.overdue && (
                  <b class="late">
                    <Both of={C.late} />
                  </b>
                )}
              </td>
              <td>{one.holder?.name ?? one.holder_unit?.name ?? <Both of={C.gap} />}</td>
              <td>{said(one.state)}</td>
            </tr>
          )}
        />
      </div>
    </>
  );
}
