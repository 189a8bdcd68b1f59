// The last step from the city down: the homes of a unit that the office's programmes link.
import type { JSX } from "preact";
import { query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { moment } from "../../shared/times";
import { usePaged } from "../paged";
import { Table } from "../parts";
import { amend, here } from "../route";
import { S } from "../says";
import { UnitPath, usePath } from "../unitpath";
import { D } from "./says";
import type { Home } from "./wire";

export function Homes(): JSX.Element {
  const unit = usePath().at(-1) ?? null;
  const show = here.value.query.get("show") === "overdue" ? "overdue" : "all";
  const list = usePaged<Home>(unit && `/duty/homes${query({ unit, show })}`);
  return (
    <>
      <form class="tools" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
        <UnitPath />
        <label class="check">
          <input type="checkbox" checked={show === "overdue"} onChange={(event) => amend({ show: event.currentTarget.checked ? "overdue" : null })} />
          <Both of={D.onlyOverdue} />
        </label>
      </form>
      <div class="sheet">
        {unit ? (
          <Table
            list={list}
            empty={D.noHomes}
            caption={D.homesOf}
            heads={[D.home, S.address, S.unit, D.open, D.lastMet]}
            row={(home) => (
              <tr key={home.place}>
                <th scope="row">{home.name}</th>
                <td>{home.address || <span class="quiet">{S.noAddress[0]}</span>}</td>
                <td>{home.unit.name}</td>
                <td>
                  {home.owed}{" "}
                  {home.overdue && (
                    <b class="late">
                      <Both of={D.isOverdue} />
                    </b>
                  )}
                </td>
                <td>{home.met_at ? moment(home.met_at) : <Both of={D.neverMet} />}</td>
              </tr>
            )}
          />
        ) : (
          <p class="empty">
            <Both of={D.pickUnit} />
          </p>
        )}
      </div>
    </>
  );
}
