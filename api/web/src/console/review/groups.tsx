// What waits for review by its cause, the heaviest first: one decision for many, then the rest row by row.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { get, query } from "../../shared/api";
import { Both, line, type Said } from "../../shared/both";
import { uuid7 } from "../../shared/ids";
import { age } from "../../shared/times";
import type { Decided, Group, GroupAction, Page } from "../../shared/wire";
import { Cause, Deciding } from "../../shared/words";
import { complain, tell } from "../notice";
import { follow, go } from "../route";
import { S } from "../says";
import { useKeys } from "./keys";
import { Many } from "./many";
import { type Outcome, resume, send, undoLast, whenSettled } from "./sending";

const AGAIN_MS = 60_000;

interface Listed {
  items: Group[];
  next: string | null;
}

export function Groups({ search }: { search: string }): JSX.Element {
  const [listed, set] = useState<Listed | null>(null);
  const [at, setAt] = useState(0);
  const [deciding, decide] = useState<{ group: Group; action: Exclude<GroupAction, "correct_address"> } | null>(null);
  const read = (cursor: string | null = null): void => {
    get<Page<Group>>(`/review/groups${search}${cursor ? `${search ? "&" : "?"}cursor=${encodeURIComponent(cursor)}` : ""}`).then(
      (page) => set((before) => ({ items: cursor && before ? [...before.items, ...page.items] : page.items, next: page.next })),
      complain,
    );
  };
  useEffect(() => {
    document.title = `${line(S.review)} · 进门 doorstep`;
    resume();
    read();
    const timer = setInterval(() => document.hidden || read(), AGAIN_MS);
    const stop = whenSettled((outcome) => {
      report(outcome);
      read();
    });
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [search]);
  const items = listed?.items.filter((group) => group.count > 1) ?? [];
  const areSingle = (listed?.items.length ?? 0) > items.length; // the heaviest come first: what follows is single
  const table = useRef<HTMLTableSectionElement>(null);
  const move = (by: number): void => {
    const to = Math.max(0, Math.min(items.length - 1, at + by));
    setAt(to);
    table.current?.querySelectorAll<HTMLElement>("tr > th > a")[to]?.focus();
  };
  const rowByRow = addressWith(search, "rows=1");
  const open = (): void => {
    const group = items[at];
    if (group) {
      go(addressOf(group, search));
    }
  };
  useKeys({
    KeyJ: () => move(1),
    ArrowDown: () => move(1),
    KeyK: () => move(-1),
    ArrowUp: () => move(-1),
    Enter: open,
    KeyO: open,
    KeyL: () => go(rowByRow),
    KeyU: () => tell(undoLast() ? S.undoing : S.nothingToUndo),
  });
  return (
    <>
      <table class="groups" hidden={items.length === 0}>
        <caption class="unseen">{line(S.groups)}</caption>
        <thead>
          <tr>
            {[S.cause, S.detail, S.unit, S.count, S.oldest, S.actions].map((of) => (
              <th key={of[1]} scope="col">
                <Both of={of} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={table}>
          {items.map((group, i) => (
            <Line key={group.cause + group.key} group={group} address={addressOf(group, search)} isCurrent={i === at} onAct={(action) => (action === "correct_address" ? go(addressOf(group, search)) : decide({ group, action }))} />
          ))}
        </tbody>
      </table>
      {areSingle && (
        <p class="row rest">
          <a href={rowByRow} onClick={follow}>
            <kbd>L</kbd> <Both of={items.length ? S.restSingle : S.onlySingle} />
          </a>
        </p>
      )}
      {listed?.next && !areSingle && (
        <p class="row">
          <button type="button" onClick={() => read(listed.next)}>
            <Both of={S.more} />
          </button>
        </p>
      )}
      {items.length === 0 && !areSingle && (
        <p class="empty">
          <Both of={listed ? S.noGroups : S.loading} />
        </p>
      )}
      {deciding && (
        <Many
          target={{ cause: deciding.group.cause, key: deciding.group.key }}
          deciding={deciding.action}
          title={deciding.group.title.zh}
          onClose={() => decide(null)}
          onDecide={(decided) => {
            decide(null);
            decideGroup(deciding.group, decided);
          }}
        />
      )}
    </>
  );
}

const addressWith = (search: string, more: string): string => `/console/review${search ? `${search}&` : "?"}${more}`;
const addressOf = ({ cause, key }: Group, search: string): string => addressWith(search, query({ cause, key }).slice(1));

interface LineProps {
  group: Group;
  address: string;
  isCurrent: boolean;
  onAct: (action: GroupAction) => void;
}

function Line({ group, address, isCurrent, onAct }: LineProps): JSX.Element {
  return (
    <tr class={isCurrent ? "current" : ""} aria-current={isCurrent ? "true" : undefined}>
      <th scope="row">
        <a href={address} onClick={follow}>
          {Cause[group.cause].zh}
        </a>
        <span lang="en">{Cause[group.cause].en}</span>
      </th>
      <td>
        <b>{group.title.zh}</b> {group.detail.zh}
        <span lang="en" class="block">
          {group.title.en} {group.detail.en}
        </span>
      </td>
      <td>{group.unit?.name ?? "–"}</td>
      <td class="n">{group.count}</td>
      <td>
        <Both of={age(group.oldest_at)} />
      </td>
      <td class="acts">
        {group.actions.map((action) => (
          <button key={action} type="button" onClick={() => onAct(action)}>
            {Deciding[action].zh}
          </button>
        ))}
      </td>
    </tr>
  );
}

/** Decide about a whole group. */
function decideGroup({ cause, key }: Group, decided: Decided): void {
  const id = uuid7();
  send({ id, visits: [], deciding: decided.deciding, path: "/review/decisions", body: { id, cause, key, ...decided } });
}

/** Say what became of a decision for a group. */
function report(outcome: Outcome): void {
  if ("problem" in outcome) {
    complain(outcome.problem);
  } else if (outcome.item.deciding === "undo") {
    tell(S.undoneNow);
  } else {
    const { decided, left_out: left } = outcome.answer as { decided?: number; left_out?: unknown[] };
    const tail: Said = left?.length ? [`,${left.length} 条${S.leftOut[0]}`, `, ${left.length} left out`] : ["", ""];
    tell([`${S.decided[0]} ${decided ?? 1} 条${tail[0]}`, `${decided ?? 1} decided${tail[1]}`]);
  }
}
