// Who is away and who stands in. Cadres tell it on their phones; the administrator of the unit can cancel it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { post, query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { date } from "../../shared/times";
import { AbsenceReason } from "../../shared/words";
import { complain, tell } from "../notice";
import { usePaged } from "../paged";
import { Table } from "../parts";
import { S } from "../says";
import { UnitPath, unitHere } from "../unitpath";
import { C } from "./says";
import { Telling } from "./telling";
import type { Absence } from "./wire";

export function Absences(): JSX.Element {
  const list = usePaged<Absence>(`/absences${query({ unit: unitHere() })}`);
  const [writing, write] = useState(false);
  const today = date(new Date());
  const cancel = ({ id }: Absence): void =>
    void post<Absence>(`/absences/${id}/change`, { cancelled: true }).then((now) => {
      list.change((one) => one.id === id, now);
      tell(C.cancelDone);
    }, complain);
  return (
    <>
      <form class="tools" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
        <UnitPath />
        <button type="button" class="primary end" onClick={() => write(true)}>
          <Both of={C.tellAbsence} />
        </button>
      </form>
      <div class="sheet">
        <Table
          list={list}
          empty={C.noAbsences}
          caption={C.absences}
          heads={[C.person, C.deputy, C.days, C.reason, C.deeds]}
          row={(one) => (
            <tr key={one.id}>
              <th scope="row">{one.person.name}</th>
              <td>{one.deputy.name}</td>
              <td>
                {one.first_on} – {one.last_on}
              </td>
              <td>
                <Both of={AbsenceReason[one.reason]} />
              </td>
              <td class="acts">
                {one.cancelled_at ? (
                  <Both of={C.cancelled} />
                ) : one.last_on < today ? (
                  <Both of={C.over} />
                ) : (
                  <button type="button" onClick={() => cancel(one)}>
                    <Both of={C.cancel} />
                  </button>
                )}
              </td>
            </tr>
          )}
        />
      </div>
      {writing && (
        <Telling
          onClose={() => write(false)}
          onDone={() => {
            write(false);
            tell(C.absenceDone);
            list.again();
          }}
        />
      )}
    </>
  );
}
