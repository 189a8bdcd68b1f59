// The board of what is owed: filters, lights, whose it is; an obligation is excused with a reason, and restored.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { post, query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { date, moment } from "../../shared/times";
import { Excuse, LinkCategory, ObligationState, OwedFor } from "../../shared/words";
import { complain, tell } from "../notice";
import { usePaged } from "../paged";
import { Choice, LightSign, Table, wordsOf } from "../parts";
import { amend, here } from "../route";
import { S } from "../says";
import { UnitPath, unitHere } from "../unitpath";
import { Excusing } from "./excusing";
import { useProgrammes } from "./programmes";
import { D, SHOWS } from "./says";
import type { Obligation, Show } from "./wire";

export function Board(): JSX.Element {
  const given = here.value.query;
  const programmes = useProgrammes();
  const show = (given.get("show") as Show | null) ?? "open";
  const [programme, category, origin, holder] = ["programme", "category", "origin", "holder"].map((key) => given.get(key)) as (string | null)[];
  const days = { due_from: given.get("due_from"), due_until: given.get("due_until") };
  const list = usePaged<Obligation>(`/duty/obligations${query({ unit: unitHere(), show, programme, category, origin, holder, ...days })}`);
  const [excusing, excuse] = useState<Obligation | null>(null);
  const put = (row: Obligation): void => list.change(({ id }) => id === row.id, row);
  const restore = ({ id }: Obligation): void =>
    void post<Obligation>(`/duty/obligations/${id}/restore`).then((row) => {
      put(row);
      tell(D.restored);
    }, complain);
  return (
    <>
      <form class="tools" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
        <UnitPath />
        <Choice of={D.show} value={show} options={Object.entries(SHOWS).map(([key, said]) => [key, line(said)] as const)} onChoose={(chosen) => amend({ show: chosen })} />
        <Choice of={S.programme} value={programme!} none={S.all} options={programmes.map(({ id, name }) => [id, name] as const)} onChoose={(chosen) => amend({ programme: chosen })} />
        <Choice of={D.origin} value={origin!} none={S.all} options={wordsOf(OwedFor)} onChoose={(chosen) => amend({ origin: chosen })} />
        <Choice of={D.category} value={category!} none={S.all} options={wordsOf(LinkCategory)} onChoose={(chosen) => amend({ category: chosen })} />
        <fieldset class="days">
          <legend>
            <Both of={D.dueDays} />
          </legend>
          <input type="date" aria-label={`${line(D.dueDays)} ${line(S.from)}`} value={days.due_from ?? ""} onChange={(event) => amend({ due_from: event.currentTarget.value || null })} />
          <span aria-hidden="true">–</span>
          <input type="date" aria-label={`${line(D.dueDays)} ${line(S.until)}`} value={days.due_until ?? ""} onChange={(event) => amend({ due_until: event.currentTarget.value || null })} />
        </fieldset>
        {holder && (
          <button type="button" onClick={() => amend({ holder: null })}>
            × <Both of={D.anyHolder} />
          </button>
        )}
      </form>
      <div class="sheet">
        <Table
          list={list}
          empty={D.noRows}
          caption={D.board}
          heads={[D.lights, D.home, S.unit, D.origin, D.holder, D.window, D.state, D.deeds]}
          row={(row) => <Line key={row.id} row={row} onExcuse={() => excuse(row)} onRestore={() => restore(row)} />}
        />
      </div>
      {excusing && (
        <Excusing
          of={excusing}
          onClose={() => excuse(null)}
          onDone={(row) => {
            excuse(null);
            put(row);
            tell(D.excuseDone);
          }}
        />
      )}
    </>
  );
}

function Line({ row, onExcuse, onRestore }: { row: Obligation; onExcuse: () => void; onRestore: () => void }): JSX.Element {
  const whose = row.holder ?? row.holder_unit;
  return (
    <tr>
      <td>
        <LightSign of={row.light} />
      </td>
      <th scope="row">{row.place.name}</th>
      <td>{row.unit.name}</td>
      <td>
        {row.programme?.name ?? OwedFor[row.origin].zh}
        {row.category && <small class="block">{line(LinkCategory[row.category])}</small>}
      </td>
      <td>
        {whose ? (
          <button type="button" class="name" title={line(D.onlyHolder)} onClick={() => amend({ holder: whose.id })}>
            {whose.name}
          </button>
        ) : (
          <b>
            <Both of={D.nobody} />
          </b>
        )}
      </td>
      <td class="when">
        {day(row.opens_at)} – {moment(row.due_at)}
        {row.provisional && (
          <small>
            {" "}
            <Both of={D.provisional} />
          </small>
        )}
      </td>
      <td>
        <Both of={ObligationState[row.state]} />
        <small class="block">{stateMore(row)}</small>
      </td>
      <td class="acts">
        {row.state === "owed" && (
          <button type="button" onClick={onExcuse}>
            <Both of={D.explain} />
          </button>
        )}
        {row.state === "excused" && row.excuse !== "link_ended" && (
          <button type="button" onClick={onRestore}>
            <Both of={D.restore} />
          </button>
        )}
      </td>
    </tr>
  );
}

const day = (at: string): string => date(new Date(at)).slice(5);

function stateMore({ state, excuse, met_at, paused_until }: Obligation): string {
  if (state === "excused" && excuse) {
    return line(Excuse[excuse]);
  }
  if (state === "met" && met_at) {
    return `${D.metOn[0]} ${moment(met_at)}`;
  }
  return state === "owed" && paused_until ? `${D.pausedUntil[0]} ${day(paused_until)}` : "";
}
