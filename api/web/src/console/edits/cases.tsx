// Fields about which a phone and the register differ: both values beside each other, and what is to stand.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Problem, post, query } from "../../shared/api";
import { Both, line, type Said } from "../../shared/both";
import { uuid7 } from "../../shared/ids";
import { age, moment } from "../../shared/times";
import { EditField, EditReason, Residence, Taking } from "../../shared/words";
import { complain, tell } from "../notice";
import { usePaged } from "../paged";
import { Choice, wordsOf } from "../parts";
import { amend, here } from "../route";
import { S } from "../says";
import { unitHere } from "../unitpath";
import { E, WHY_NOT } from "./says";
import { Sides, SideTools, stateHere, useOne } from "./sides";
import { SmallMap } from "./smallmap";
import { choices, read, spots } from "./values";
import type { Case, CaseDetail, Told } from "./wire";

const FIELDS = ["phone", "contact_name", "name", "address", "position", "residence"] as const;

export function Cases(): JSX.Element {
  const field = here.value.query.get("field");
  const state = stateHere();
  const list = usePaged<Case>(`/edits${query({ state, field, unit: unitHere() })}`);
  const chosen = here.value.query.get("chosen");
  const settled = (): void => {
    const at = list.items?.findIndex(({ id }) => id === chosen) ?? -1;
    const following = list.items?.[at + 1] ?? list.items?.[at - 1];
    list.change(({ id }) => id === chosen, null);
    amend({ chosen: following?.id ?? null });
  };
  return (
    <>
      <SideTools>
        <Choice of={E.field} value={field} none={S.all} options={wordsOf(EditField, FIELDS)} onChoose={(one) => amend({ field: one, chosen: null })} />
      </SideTools>
      <Sides
        list={list}
        label={E.edits}
        empty={state === "open" ? E.none : E.noneSettled}
        entry={(one) => (
          <>
            <b>{one.place.name}</b> · {line(EditField[one.field])}
            <small>
              {one.place.unit.name} · {one.reasons.map((reason) => EditReason[reason].zh).join("、")} · {age(one.since)[0]}
              {one.told > 1 && ` · ${one.told} ${E.waits[0]}`}
            </small>
          </>
        )}
      >
        {chosen && <Deciding key={chosen} id={chosen} onSettled={settled} />}
      </Sides>
    </>
  );
}

interface Taken {
  take: Taking;
  edit?: string;
  value?: string;
}

function Deciding({ id, onSettled }: { id: string; onSettled: () => void }): JSX.Element {
  const [detail, show, again] = useOne<CaseDetail>(`/edits/${id}`);
  const [key, renew] = useState(uuid7); // sent twice, it is one decision
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  if (!detail) {
    return (
      <p class="empty" role="status">
        <Both of={S.loading} />
      </p>
    );
  }
  const decide = (taken: Taken): void => {
    setBusy(true);
    post<CaseDetail>(`/edits/${id}/decide`, { id: key, rev: detail.rev, reason: reason.trim(), ...taken })
      .then(
        () => {
          tell(E.decided);
          onSettled();
        },
        (error) => {
          renew(uuid7());
          if (error instanceof Problem && error.code === "edits-changed") {
            tell(E.changedMeanwhile, true);
            again();
          } else {
            complain(error);
          }
        },
      )
      .finally(() => setBusy(false));
  };
  const undo = (decision: string): void =>
    void post<CaseDetail>(`/edits/decisions/${decision}/undo`).then((now) => {
      show(now);
      tell(E.undone);
    }, complain);
  const told = choices(detail);
  const positions = spots(detail);
  const isOpen = detail.state === "open" && detail.may_decide;
  return (
    <>
      <header>
        <h2>
          {detail.place.name} · <Both of={EditField[detail.field]} />
        </h2>
        <p>
          {detail.place.unit.name} {detail.place.address} {detail.contact && `· ${E.person[0]} ${detail.contact.name}`}
        </p>
      </header>
      {!detail.may_decide && detail.state === "open" && (
        <p class="warning">
          <Both of={WHY_NOT[detail.why_not ?? ""] ?? E.mayNot} />
        </p>
      )}
      <ul class="values">
        <li class="now">
          <h3>
            <Both of={E.registered} /> {positions.length > 0 && <span class="sign">登</span>}
          </h3>
          <p class="value">{read(detail.field, detail.registered)}</p>
          {isOpen && (
            <button type="button" disabled={busy} onClick={() => decide({ take: "old" })}>
              <Both of={E.takeOld} />
            </button>
          )}
        </li>
        {told.map((edit, i) => (
          <Telling key={edit.id} edit={edit} n={i + 1} field={detail.field} busy={busy} onTake={isOpen ? () => decide({ take: "new", edit: edit.id }) : null} />
        ))}
      </ul>
      {positions.length > 0 && <SmallMap spots={positions} label={line(E.mapOf)} />}
      {isOpen && (
        <label class="field">
          <Both of={E.reason} />
          <input type="text" maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
      )}
      {isOpen && detail.field !== "position" && <Other field={detail.field} busy={busy} onTake={(value) => decide({ take: "other", value })} />}
      {detail.undo && (
        <p class="row">
          <button type="button" onClick={() => undo(detail.undo!)}>
            <Both of={E.undo} />
          </button>
        </p>
      )}
      <Trail of={detail} />
    </>
  );
}

interface TellingProps {
  edit: Told;
  n: number;
  field: CaseDetail["field"];
  busy: boolean;
  onTake: (() => void) | null;
}

function Telling({ edit, n, field, busy, onTake }: TellingProps): JSX.Element {
  return (
    <li class="toldnew">
      <h3>
        {edit.by ? (
          <>
            <Both of={E.toldBy} /> {edit.by.name}
          </>
        ) : (
          <Both of={E.imported} />
        )}{" "}
        {field === "position" && <span class="sign neighbour">{n}</span>}
      </h3>
      <p class="value">{read(field, edit.new)}</p>
      <p class="quiet">
        {E.saidAt[0]} {moment(edit.said_at)} · {E.was[0]} {read(field, edit.old)}
        {measured(E.moved, edit.evidence?.moved_m)}
        {measured(E.accuracy, edit.evidence?.accuracy_m)}
        {edit.since_on && ` · ${E.since[0]} ${edit.since_on}`}
        {edit.reason && ` · ${EditReason[edit.reason].zh}`}
      </p>
      {edit.note && (
        <p class="said">
          {E.note[0]}:{edit.note}
        </p>
      )}
      {onTake && (
        <button type="button" class="primary" disabled={busy} onClick={onTake}>
          <Both of={E.takeNew} />
        </button>
      )}
    </li>
  );
}

const measured = (of: Said, metres: number | null | undefined): string => (metres == null ? "" : ` · ${of[0]} ${Math.round(metres)} ${E.metres[0]}`);

/** Neither value is right: what is. */
function Other({ field, busy, onTake }: { field: CaseDetail["field"]; busy: boolean; onTake: (value: string) => void }): JSX.Element {
  const [open, setOpen] = useState(false);
  const [value, setValue] = useState("");
  if (!open) {
    return (
      <p class="row">
        <button type="button" onClick={() => setOpen(true)}>
          <Both of={E.takeOther} />
        </button>
      </p>
    );
  }
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        onTake(value.trim());
      }}
    >
      {field === "residence" ? (
        <Choice of={E.otherValue} value={value} none={E.empty} options={wordsOf(Residence)} onChoose={(one) => setValue(one ?? "")} />
      ) : (
        <label class="choice">
          <Both of={E.otherValue} />
          <input type="text" required maxLength={300} value={value} onInput={(event) => setValue(event.currentTarget.value)} />
        </label>
      )}
      <button class="primary" disabled={busy || value.trim() === ""}>
        <Both of={S.save} />
      </button>
    </form>
  );
}

function Trail({ of }: { of: CaseDetail }): JSX.Element | null {
  if (of.decisions.length === 0) {
    return null;
  }
  return (
    <section class="trail" aria-label={line(E.trail)}>
      <h3>
        <Both of={E.trail} />
      </h3>
      <ul class="plain">
        {of.decisions.map((one) => (
          <li key={one.id} class={one.undone_at ? "undone" : ""}>
            {moment(one.at)} {one.by.name} <Both of={Taking[one.take]} /> {one.take !== "old" && read(of.field, one.value)} {one.reason}
          </li>
        ))}
      </ul>
    </section>
  );
}
