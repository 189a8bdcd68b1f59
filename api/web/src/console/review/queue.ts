// The rows that wait, which of them is looked at, what became of those that were decided here. Pure: each function
// gives a new queue.
import type { Row, Rows } from "../../shared/wire";
import type { Deciding } from "../../shared/words";

export interface Fate {
  deciding: Deciding;
  state: "sending" | "done" | "failed";
}

export interface Queue {
  rows: readonly Row[];
  next: string | null;
  total: number;
  capped: boolean;
  /** Index of the row that is looked at; -1: none of these. */
  at: number;
  picked: ReadonlySet<string>;
  fates: ReadonlyMap<string, Fate>;
}

export const EMPTY: Queue = { rows: [], next: null, total: 0, capped: false, at: -1, picked: new Set(), fates: new Map() };
const MARGIN = 15;

/** A page more. What is there already is not repeated: between two pages rows may move. */
export function arrived(queue: Queue, page: Rows): Queue {
  const known = new Set(queue.rows.map((row) => row.visit));
  const fresh = page.items.filter((row) => !known.has(row.visit) && known.add(row.visit));
  return { ...queue, rows: [...queue.rows, ...fresh], next: page.next, total: page.total, capped: page.total_capped ?? false };
}

export const current = (queue: Queue): Row | null => queue.rows[queue.at] ?? null;

export function moved(queue: Queue, by: number): Queue {
  const at = queue.at < 0 ? (by > 0 ? 0 : -1) : queue.at + by;
  return { ...queue, at: Math.max(Math.min(0, queue.rows.length - 1), Math.min(queue.rows.length - 1, at)) };
}

export function opened(queue: Queue, visit: string): Queue {
  return { ...queue, at: queue.rows.findIndex((row) => row.visit === visit) };
}

/** Open for a decision: not decided here, or the decision did not go through. */
export function isOpen(queue: Queue, row: Row): boolean {
  const fate = queue.fates.get(row.visit);
  return fate === undefined || fate.state === "failed";
}

/** To the next row that is open, after the current one, else from the beginning; stays if there is none. */
export function onward(queue: Queue): Queue {
  const order = [...queue.rows.keys()].map((i) => (queue.at + 1 + i) % queue.rows.length);
  const at = order.find((i) => i !== queue.at && isOpen(queue, queue.rows[i]!));
  return at === undefined ? queue : { ...queue, at };
}

export function fated(queue: Queue, visits: readonly string[], fate: Fate | null): Queue {
  const fates = new Map(queue.fates);
  for (const visit of visits) {
    if (fate) {
      fates.set(visit, fate);
    } else {
      fates.delete(visit);
    }
  }
  const picked = new Set([...queue.picked].filter((visit) => !visits.includes(visit)));
  return { ...queue, fates, picked };
}

export function toggled(queue: Queue, visit: string): Queue {
  const picked = new Set(queue.picked);
  if (!picked.delete(visit)) {
    picked.add(visit);
  }
  return { ...queue, picked };
}

export function pickedAll(queue: Queue, all: boolean): Queue {
  return { ...queue, picked: new Set(all ? queue.rows.filter((row) => isOpen(queue, row)).map((row) => row.visit) : []) };
}

/** The visits that are likely to be looked at next. */
export function ahead(queue: Queue, n: number): string[] {
  return queue.rows.slice(queue.at + 1).filter((row) => isOpen(queue, row)).slice(0, n).map((row) => row.visit);
}

/** Whether the end comes near and there is more to be read. */
export const wantsMore = (queue: Queue): boolean => queue.next !== null && queue.at >= queue.rows.length - MARGIN;

/** How many of all are still open, as far as is known here. */
export function left(queue: Queue): number {
  const decided = queue.rows.filter((row) => !isOpen(queue, row)).length;
  return Math.max(0, queue.total - decided);
}
