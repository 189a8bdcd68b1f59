// Homes on needy lists, and whether a programme covers them.
import type { JSX } from "preact";
import { query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { usePaged } from "../paged";
import { Table } from "../parts";
import { amend, here } from "../route";
import { S } from "../says";
import { UnitPath, unitHere } from "../unitpath";
import { C } from "./says";
import type { Needy } from "./wire";

export function NeedyHomes(): JSX.Element {
  const uncovered = here.value.query.get("uncovered") === "true";
  const list = usePaged<Needy>(`/needy${query({ unit: unitHere(), uncovered: uncovered ? "true" : null })}`);
  return (
    <>
      <form class="tools" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
        <UnitPath />
        <label class="check">
          <input type="checkbox" checked={uncovered} onChange={(event) => amend({ uncovered: event.currentTarget.checked ? "true" : null })} />
          <Both of={C.onlyUncovered} />
        </label>
      </form>
      <div class="sheet">
        <Table
          list={list}
          empty={C.noNeedy}
          caption={C.needy}
          heads={[C.home, S.unit, C.list, C.source, C.since, C.ends, C.covered]}
          row={(home) => (
            <tr key={home.id}>
              <th scope="row">{home.place.name}</th>
              <td>{home.unit.name}</td>
              <td>{home.list}</td>
              <td>{home.source}</td>
              <td>{home.since ?? "–"}</td>
              <td>{home.ends ?? <Both of={C.noEnd} />}</td>
              <td>
                <Both of={home.covered ? C.isCovered : C.notCovered} />
              </td>
            </tr>
          )}
        />
      </div>
    </>
  );
}
