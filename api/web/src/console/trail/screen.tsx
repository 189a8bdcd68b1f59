// /console/trail: who read what (audit administrator), unusual reading (security administrator), how long what is kept
// (system administrator). Homes are told by id alone.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { daysBefore, moment } from "../../shared/times";
import { Role, Unusual } from "../../shared/words";
import { usePaged } from "../paged";
import { Table, Tabs } from "../parts";
import { amend, here } from "../route";
import { S } from "../says";
import { holds } from "../screens";
import { Kept } from "./kept";
import { T } from "./says";
import type { Outlier, Read } from "./wire";

const PARTS = [
  { view: "reads", role: "audit_admin", part: Reads },
  { view: "outliers", role: "security_admin", part: Outliers },
  { view: "retention", role: "system_admin", part: Kept },
] as const;
const READ_DAYS = 7;

export function TrailScreen(): JSX.Element {
  const parts = PARTS.filter(({ role }) => holds(role));
  const asked = here.value.query.get("view");
  const shown = parts.find(({ view }) => view === asked) ?? parts[0]!;
  useEffect(() => {
    document.title = `${line(S.trail)} · 进门 doorstep`;
  }, []);
  return (
    <div class="work">
      <header class="head">
        <h1>
          <Both of={S.trail} />
        </h1>
        <Tabs label={T.parts} tabs={parts.map(({ view }) => ({ address: `/console/trail${query({ view })}`, of: T[view], current: view === shown.view }))} />
      </header>
      <shown.part key={shown.view} />
    </div>
  );
}

function Reads(): JSX.Element {
  const given = here.value.query;
  const from = given.get("from") ?? daysBefore(READ_DAYS - 1);
  const until = given.get("until") ?? daysBefore(0);
  const person = given.get("person");
  const list = usePaged<Read>(`/reads${query({ from, until, person })}`);
  return (
    <>
      <form class="tools" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
        <fieldset class="days">
          <legend>
            <Both of={T.at} />
          </legend>
          <input type="date" aria-label={line(S.from)} value={from} max={until} onChange={(event) => amend({ from: event.currentTarget.value || null })} />
          <span aria-hidden="true">–</span>
          <input type="date" aria-label={line(S.until)} value={until} min={from} onChange={(event) => amend({ until: event.currentTarget.value || null })} />
        </fieldset>
        {person && (
          <button type="button" onClick={() => amend({ person: null })}>
            × <Both of={T.everybody} />
          </button>
        )}
      </form>
      <div class="sheet">
        <Table
          list={list}
          empty={T.noReads}
          caption={T.reads}
          heads={[T.at, T.person, S.unit, T.what, T.duty, T.reason, T.home]}
          row={(one) => (
            <tr key={one.id}>
              <td class="when">{moment(one.at)}</td>
              <th scope="row">
                <button type="button" class="name" title={line(T.onlyPerson)} onClick={() => amend({ person: one.person.id })}>
                  {one.person.name}
                </button>
              </th>
              <td>{one.unit?.name ?? "–"}</td>
              <td>
                {one.fields} <small class="block">{one.request}</small>
              </td>
              <td>{one.duty in Role ? line(Role[one.duty as Role]) : one.duty}</td>
              <td>{one.reason ?? "–"}</td>
              <td>
                <small>{one.place ?? "–"}</small>
              </td>
            </tr>
          )}
        />
      </div>
    </>
  );
}

function Outliers(): JSX.Element {
  const list = usePaged<Outlier>("/reads/outliers");
  return (
    <div class="sheet">
      <p>
        <Both of={T.outliersHint} />
      </p>
      <Table
        list={list}
        empty={T.noOutliers}
        caption={T.outliers}
        heads={[T.week, T.person, T.opened, T.places, T.withoutDuty, T.atNight, T.usual, T.why]}
        row={(one) => (
          <tr key={one.week + one.person.id}>
            <td class="when">{one.week}</td>
            <th scope="row">{one.person.name}</th>
            {([one.opened, one.places, one.without_duty, one.at_night, one.usual] as const).map((n, i) => (
              <td key={i} class="n">
                {n}
              </td>
            ))}
            <td>{one.why.map((why) => Unusual[why].zh).join("、")}</td>
          </tr>
        )}
      />
    </div>
  );
}
