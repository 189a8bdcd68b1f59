// Step two: which homes would move, which stay and why, and how many the receiver would have; then the act itself.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { post } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { uuid7 } from "../../shared/ids";
import { LinkCategory } from "../../shared/words";
import { complain } from "../notice";
import { S } from "../says";
import { H, STAYS } from "./says";
import type { Asked } from "./screen";
import { wanted } from "./wanted";
import type { Done, Preview } from "./wire";

interface Props {
  asked: Asked;
  preview: Preview;
  onBack: () => void;
  onDone: (done: Done) => void;
}

export function Looking({ asked, preview, onBack, onDone }: Props): JSX.Element {
  const [id, renew] = useState(uuid7); // sent twice, it is one hand-over
  const [left, leave] = useState<ReadonlySet<string>>(new Set());
  const [accepted, accept] = useState(false);
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState<typeof H.needAccept | typeof H.needSome | null>(null);
  const [busy, setBusy] = useState(false);
  const chosen = preview.moving.map(({ link }) => link).filter((link) => !left.has(link));
  const outlook = useOutlook(asked, preview, left.size > 0 ? chosen : null);
  const needsAccept = outlook.warnings.length > 0;
  const change = (next: ReadonlySet<string>): void => {
    leave(next);
    setMissing(null);
    renew(uuid7()); // another list is another hand-over
  };
  const toggle = (link: string): void => {
    const next = new Set(left);
    if (!next.delete(link)) {
      next.add(link);
    }
    change(next);
  };
  const move = (): void => {
    if (chosen.length === 0 || (needsAccept && !accepted)) {
      setMissing(chosen.length === 0 ? H.needSome : H.needAccept);
      return;
    }
    setBusy(true);
    const links = left.size > 0 ? chosen : null;
    const accepts = accepted ? outlook.warnings.map(({ code }) => code) : [];
    post<Done>("/handovers", { ...wanted(asked.giver, asked.taker, asked.startsOn, asked.programme, links), id, accept: accepts, reason: reason.trim() }).then(onDone, (error) => {
      setBusy(false);
      renew(uuid7());
      complain(error);
    });
  };
  return (
    <div class="form">
      <p>
        <b>
          {preview.giver} → {preview.taker}
        </b>{" "}
        · {asked.startsOn} <Both of={H.inForce} />
      </p>
      <p>
        <Both of={H.moves} /> <b>{chosen.length}</b> <Both of={H.ofThem} /> · <Both of={H.takerLoad} /> {preview.places_before} → <b>{outlook.places_after}</b> · <Both of={H.openTasks} /> {outlook.open_tasks}
      </p>
      <Stays of={preview} />
      {preview.moving.length === 0 ? (
        <p class="empty">
          <Both of={H.nothing} />
        </p>
      ) : (
        <Homes of={preview} left={left} onToggle={toggle} onAll={(all) => change(all ? new Set() : new Set(preview.moving.map(({ link }) => link)))} />
      )}
      {needsAccept && (
        <div class="warning">
          <p>
            <Both of={H.many} /> {outlook.places_after} &gt; {outlook.warnings[0]!.limit}
          </p>
          <label class="check">
            <input type="checkbox" checked={accepted} onChange={(event) => (accept(event.currentTarget.checked), setMissing(null))} />
            <Both of={H.accept} />
          </label>
        </div>
      )}
      <label class="field">
        <Both of={H.reason} />
        <input type="text" maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      {missing && (
        <p class="problem" role="alert">
          <Both of={missing} />
        </p>
      )}
      <p class="row">
        {preview.moving.length > 0 && (
          <button type="button" class="primary" disabled={busy} onClick={move}>
            <Both of={H.doIt} />
          </button>
        )}
        <button type="button" onClick={onBack}>
          <Both of={H.back} />
        </button>
      </p>
    </div>
  );
}

/** What the chosen homes mean for the receiver, as the server counts it: a home held already counts once. */
function useOutlook(asked: Asked, preview: Preview, links: readonly string[] | null): Preview {
  const [outlook, set] = useState(preview);
  const told = links?.join() ?? null;
  useEffect(() => {
    if (!links?.length) {
      set(preview);
      return undefined;
    }
    const abort = new AbortController();
    const path = "/handovers/preview";
    post<Preview>(path, wanted(asked.giver, asked.taker, asked.startsOn, asked.programme, links), { signal: abort.signal }).then(set, complain);
    return () => abort.abort();
  }, [told]);
  return outlook;
}

/** How many links stay, by why. */
function Stays({ of }: { of: Preview }): JSX.Element | null {
  if (of.left_out.length === 0) {
    return null;
  }
  const counts = new Map<string, number>();
  for (const { code } of of.left_out) {
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return (
    <p class="warning">
      <Both of={H.leftOut} />:
      {[...counts].map(([code, n]) => (
        <span key={code}>
          {" "}
          {n} <Both of={STAYS[code] ?? [code, code]} />
        </span>
      ))}
    </p>
  );
}

interface HomesProps {
  of: Preview;
  left: ReadonlySet<string>;
  onToggle: (link: string) => void;
  onAll: (all: boolean) => void;
}

function Homes({ of, left, onToggle, onAll }: HomesProps): JSX.Element {
  return (
    <table class="rows">
      <caption class="unseen">{line(H.step2)}</caption>
      <thead>
        <tr>
          <th scope="col">
            <label class="check">
              <input type="checkbox" checked={left.size === 0} onChange={(event) => onAll(event.currentTarget.checked)} />
              <Both of={H.chooseAll} />
            </label>
          </th>
          {[H.home, S.programme, H.category, H.since].map((said) => (
            <th key={said[1]} scope="col">
              <Both of={said} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {of.moving.map(({ link, place, programme, category, since }) => (
          <tr key={link}>
            <td>
              <input type="checkbox" aria-label={`${line(H.choose)} ${place.name}`} checked={!left.has(link)} onChange={() => onToggle(link)} />
            </td>
            <th scope="row">{place.name}</th>
            <td>{programme.name}</td>
            <td>
              <Both of={LinkCategory[category]} />
            </td>
            <td>{since ?? "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
