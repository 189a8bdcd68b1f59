// Decisions on their way. A decision counts here at once and is sent behind the person's back, one after the other; it
// carries an id made here, so that sending it again after a lost answer, or after this page was loaded again, is the
// same decision.
import { signal } from "@preact/signals";
import { post, Problem } from "../../shared/api";
import { forget, keep, kept } from "../../shared/kept";
import type { Deciding } from "../../shared/words";

export interface Sending {
  /** Id of the decision; for an undo, of what it takes back. */
  id: string;
  visits: readonly string[];
  deciding: Deciding | "undo";
  path: string;
  body: Record<string, unknown>;
}

export type Outcome = { item: Sending; answer: Record<string, unknown> } | { item: Sending; problem: Problem };
type Listener = (outcome: Outcome) => void;

const BOX = "outbox";
const DONE = "undoable";
const UNDO_DEPTH = 100;

export const outbox = signal<readonly Sending[]>([]);
const listeners = new Set<Listener>();
let running = false;

/** Be told what became of each; call the answer to be told no longer. */
export function whenSettled(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function send(item: Sending): void {
  hold([...outbox.value, item]);
  void run();
}

/** Go on with what an earlier life of this page left unsent. */
export function resume(): void {
  outbox.value = kept<Sending[]>(BOX) ?? [];
  void run();
}

function hold(items: readonly Sending[]): void {
  outbox.value = items;
  if (items.length) {
    keep(BOX, items);
  } else {
    forget(BOX);
  }
}

async function run(): Promise<void> {
  if (running) {
    return;
  }
  running = true;
  for (let item = outbox.value[0]; item; item = outbox.value[0]) {
    const outcome = await delivered(item);
    hold(outbox.value.slice(1));
    remember(outcome);
    listeners.forEach((listener) => listener(outcome));
  }
  running = false;
}

async function delivered(item: Sending): Promise<Outcome> {
  try {
    return { item, answer: await post<Record<string, unknown>>(item.path, item.body) };
  } catch (error) {
    if (error instanceof Problem) {
      return { item, problem: error };
    }
    throw error;
  }
}

function remember(outcome: Outcome): void {
  if ("answer" in outcome && outcome.item.deciding !== "undo") {
    const { id, visits } = outcome.item;
    keep(DONE, [...undoable(), { id, visits }].slice(-UNDO_DEPTH));
  }
}

interface Undoable {
  id: string;
  visits: readonly string[];
}

const undoable = (): Undoable[] => kept<Undoable[]>(DONE) ?? [];

/** Take back the newest decision of this window, also one that is not sent yet; null if there is none. */
export function undoLast(): Undoable | null {
  const unsent = outbox.value.filter((item) => item.deciding !== "undo").at(-1);
  const done = undoable();
  const last = unsent ?? done.pop();
  if (!last) {
    return null;
  }
  if (!unsent) {
    keep(DONE, done);
  }
  undo(last.id, last.visits);
  return last;
}

export function undo(id: string, visits: readonly string[]): void {
  send({ id, visits, deciding: "undo", path: `/review/decisions/${id}/undo`, body: {} });
}

addEventListener("beforeunload", (event) => {
  if (outbox.value.length) {
    event.preventDefault();
  }
});
