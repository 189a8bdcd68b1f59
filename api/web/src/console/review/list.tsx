// The queue at the left of the desk.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Both, line } from "../../shared/both";
import { moment } from "../../shared/times";
import type { Row } from "../../shared/wire";
import { Cause, Deciding, FindingState } from "../../shared/words";
import { reasonZh } from "../evidence/facts";
import { Mark } from "../map/mark";
import { S } from "../says";
import type { Desk } from "./desk";
import { type Fate, left } from "./queue";

export function QueueList({ desk }: { desk: Desk }): JSX.Element {
  const queue = desk.queue.value;
  const picked = queue.picked.size;
  return (
    <nav class="queue" aria-label={line(S.queue)}>
      <header>
        <p>
          <Both of={S.queue} /> <b data-left>{left(queue)}{queue.capped && "+"}</b>
        </p>
        <p class="picking">
          {picked > 0 && (
            <>
              <Both of={S.picked} /> <b>{picked}</b>
            </>
          )}
          <button type="button" class="ghost" onClick={() => desk.pickAll(picked === 0)}>
            <Both of={picked ? S.pickNone : S.pickAll} />
          </button>
        </p>
      </header>
      <ol>
        {queue.rows.map((row, i) => (
          <Entry key={row.visit} desk={desk} row={row} isCurrent={i === queue.at} isPicked={queue.picked.has(row.visit)} fate={queue.fates.get(row.visit)} />
        ))}
      </ol>
      {queue.rows.length === 0 && (
        <p class="empty">
          <Both of={desk.loading.value ? S.loading : S.noRows} />
        </p>
      )}
    </nav>
  );
}

interface EntryProps {
  desk: Desk;
  row: Row;
  isCurrent: boolean;
  isPicked: boolean;
  fate: Fate | undefined;
}

function Entry({ desk, row, isCurrent, isPicked, fate }: EntryProps): JSX.Element {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isCurrent) {
      button.current?.scrollIntoView({ block: "nearest" });
      button.current?.focus({ preventScroll: true });
    }
  }, [isCurrent]);
  return (
    <li class={`${isCurrent ? "current" : ""} ${fate?.state ?? ""}`}>
      <input type="checkbox" tabIndex={-1} checked={isPicked} aria-label={`${line(S.pick)} ${row.place.name}`} onChange={() => desk.toggle(row.visit)} />
      <button type="button" ref={button} aria-current={isCurrent ? "true" : undefined} onClick={() => desk.open(row.visit)}>
        <span class="first">
          <Mark of={fate?.state === "done" && fate.deciding === "confirm" ? "verified" : row.verdict} /> <b>{row.place.name}</b>
          <Fates row={row} fate={fate} />
        </span>
        <span class="second">
          {row.cadre.name} {moment(row.started_at)} <span class="why">{row.reasons[0] ? reasonZh(row.reasons[0]) : Cause[row.cause].zh}</span>
        </span>
      </button>
    </li>
  );
}

function Fates({ row, fate }: { row: Row; fate: Fate | undefined }): JSX.Element | null {
  if (fate) {
    const word = fate.state === "failed" ? "未成 failed" : Deciding[fate.deciding].zh;
    return <span class={`fate ${fate.state}`}>{fate.state === "sending" ? `${word} …` : word}</span>;
  }
  if (row.held_by) {
    return <span class="fate held">{row.held_by.name}</span>;
  }
  if (row.state === "answered" || row.state === "asked") {
    return <span class={`fate ${row.state}`}>{FindingState[row.state].zh}</span>;
  }
  return row.drawn ? <span class="fate">{S.drawn[0]}</span> : null;
}
