// Homes found at the door: confirmed, merged with one that is known, or refused with a reason.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { post, query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { uuid7 } from "../../shared/ids";
import { age, moment } from "../../shared/times";
import { Proposing } from "../../shared/words";
import { complain, tell } from "../notice";
import { usePaged } from "../paged";
import { amend, here } from "../route";
import { S } from "../says";
import { unitHere } from "../unitpath";
import { E, WHY_NOT } from "./says";
import { Sides, SideTools, stateHere, useOne } from "./sides";
import { SmallMap } from "./smallmap";
import type { Proposal, ProposalDetail } from "./wire";

export function Proposals(): JSX.Element {
  const state = stateHere();
  const list = usePaged<Proposal>(`/proposals${query({ state, unit: unitHere() })}`);
  const chosen = here.value.query.get("chosen");
  const settled = (): void => {
    const at = list.items?.findIndex(({ id }) => id === chosen) ?? -1;
    const following = list.items?.[at + 1] ?? list.items?.[at - 1];
    list.change(({ id }) => id === chosen, null);
    amend({ chosen: following?.id ?? null });
  };
  return (
    <>
      <SideTools />
      <Sides
        list={list}
        label={E.proposals}
        empty={state === "open" ? E.noProposals : E.noneSettled}
        entry={(one) => (
          <>
            <b>{one.place.name}</b> {one.place.address}
            <small>
              {one.place.unit.name} · {one.found_by?.name} · {age(one.found_at)[0]}
              {one.state !== "open" && ` · ${Proposing[one.state].zh}`}
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
  take: Proposing;
  into?: string;
  reason?: string;
  code?: string;
}

function Deciding({ id, onSettled }: { id: string; onSettled: () => void }): JSX.Element {
  const [detail, show] = useOne<ProposalDetail>(`/proposals/${id}`);
  const [key, renew] = useState(uuid7);
  const [reason, setReason] = useState("");
  const [code, setCode] = useState("");
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  if (!detail) {
    return (
      <p class="empty" role="status">
        <Both of={S.loading} />
      </p>
    );
  }
  const decide = (taken: Taken): void => {
    if (taken.take === "refuse" && !taken.reason) {
      setMissing(true);
      return;
    }
    setBusy(true);
    post<ProposalDetail>(`/proposals/${id}/decide`, { id: key, ...taken })
      .then(
        () => {
          tell(E.decided);
          onSettled();
        },
        (error) => {
          renew(uuid7());
          complain(error);
        },
      )
      .finally(() => setBusy(false));
  };
  const undo = (decision: string): void =>
    void post<ProposalDetail>(`/proposals/decisions/${decision}/undo`).then((now) => {
      show(now);
      tell(E.undone);
    }, complain);
  const isOpen = detail.state === "open" && detail.may_decide;
  return (
    <>
      <header>
        <h2>
          {detail.place.name} · <Both of={E.newHome} />
        </h2>
        <p>
          {detail.place.unit.name} {detail.place.address || line(S.noAddress)} · <Both of={E.foundBy} /> {detail.found_by?.name ?? "–"} {moment(detail.found_at)} · <Both of={E.visits} /> {detail.visits}
        </p>
      </header>
      {detail.state === "open" && !detail.may_decide && (
        <p class="warning">
          <Both of={WHY_NOT[detail.why_not ?? ""] ?? E.mayNot} />
        </p>
      )}
      {detail.lon !== null && detail.lat !== null && (
        <SmallMap label={line(E.newHome)} spots={[{ at: { lon: detail.lon, lat: detail.lat }, sign: "新", label: E.newHome[0], isNew: true }]} />
      )}
      <Doubles of={detail} busy={busy} onMerge={isOpen ? (into) => decide({ take: "merge", into }) : null} />
      {isOpen && (
        <div class="form">
          <p class="row">
            <button type="button" class="primary" disabled={busy} onClick={() => decide({ take: "confirm", ...(code.trim() && { code: code.trim() }) })}>
              <Both of={E.confirm} />
            </button>
            <label class="choice">
              <Both of={E.number} />
              <input type="text" maxLength={60} value={code} onInput={(event) => setCode(event.currentTarget.value)} />
            </label>
            <span class="quiet">
              <Both of={E.confirmHint} />
            </span>
          </p>
          <label class="field">
            <Both of={E.refuseWhy} />
            <input type="text" maxLength={500} value={reason} aria-invalid={missing} onInput={(event) => (setReason(event.currentTarget.value), setMissing(false))} />
          </label>
          {missing && (
            <p class="problem" role="alert">
              <Both of={E.needReason} />
            </p>
          )}
          <p class="row">
            <button type="button" disabled={busy} onClick={() => decide({ take: "refuse", reason: reason.trim() })}>
              <Both of={E.refuse} />
            </button>
          </p>
        </div>
      )}
      {detail.undo && (
        <p class="row">
          <button type="button" onClick={() => undo(detail.undo!)}>
            <Both of={E.undo} />
          </button>
        </p>
      )}
      {detail.decisions.length > 0 && (
        <section class="trail" aria-label={line(E.trail)}>
          <h3>
            <Both of={E.trail} />
          </h3>
          <ul class="plain">
            {detail.decisions.map((one) => (
              <li key={one.id} class={one.undone_at ? "undone" : ""}>
                {moment(one.at)} {one.by.name} <Both of={Proposing[one.take]} /> {one.reason}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** Homes that may be the same, each beside the new one. */
function Doubles({ of, busy, onMerge }: { of: ProposalDetail; busy: boolean; onMerge: ((into: string) => void) | null }): JSX.Element {
  return (
    <section aria-labelledby="doubles">
      <h3 id="doubles">
        <Both of={E.doubles} />
      </h3>
      {of.doubles.length === 0 ? (
        <p class="quiet">
          <Both of={E.noDoubles} />
        </p>
      ) : (
        <ul class="values">
          {of.doubles.map(({ place, same_name, apart_m }) => (
            <li key={place.id} class="now">
              <h3>
                <Both of={E.known} />
              </h3>
              <p class="value">{place.name}</p>
              <p>
                {place.unit.name} {place.address || line(S.noAddress)}
              </p>
              <p class="quiet">
                {same_name && `${line(E.sameName)} `}
                {apart_m !== null && `${E.apart[0]} ${Math.round(apart_m)} ${E.metres[0]}`}
              </p>
              {onMerge && (
                <button type="button" disabled={busy} onClick={() => onMerge(place.id)}>
                  <Both of={E.merge} />
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
