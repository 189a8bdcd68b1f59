// The desk of a verifier: the queue, the visit on the desk, and what is being done with it. A decision shows at once,
// and the next visit, read beforehand, takes its place.
import { batch, computed, signal } from "@preact/signals";
import { get, Problem, query } from "../../shared/api";
import { uuid7 } from "../../shared/ids";
import { forget, keep, kept } from "../../shared/kept";
import type { Decided, Detail, Row, Rows, Target } from "../../shared/wire";
import { detailNow, detailOf, outdated, prefetch } from "../evidence/details";
import type { Looking } from "../evidence/photos";
import { complain, tell } from "../notice";
import { amend } from "../route";
import { codeOf, S } from "../says";
import * as lease from "./lease";
import * as rows from "./queue";
import { type Outcome, resume, send, type Sending, whenSettled } from "./sending";

const PAGE = 50;
const AHEAD = 3;
const LOOK_MS = 120; // whoever runs through the rows reads none of them

export interface Scope {
  cause: string | null;
  key: string | null;
  unit: string | null;
  reason: string | null;
  state: string | null;
  drawn: string | null;
  older_than: string | null;
}

export interface Draft {
  what: "ask" | "refuse";
  text: string;
}

/** What is open over the desk. */
export type Doing = Draft | { what: "address" | "help" | "many" } | { what: "pictures"; at: Looking } | null;

export class Desk {
  readonly queue = signal<rows.Queue>(rows.EMPTY);
  readonly loading = signal(true);
  /** The visit on the desk; it need not be in the queue. */
  readonly visit = signal<string | null>(null);
  readonly detail = signal<Detail | null>(null);
  /** The visit that the server does not open for this person, and why. */
  readonly closed = signal<{ visit: string; problem: Problem } | null>(null);
  readonly doing = signal<Doing>(null);
  readonly row = computed<Row | null>(() => rows.current(this.queue.value));
  readonly scope: Scope;
  private timer = 0;
  private isGone = false;
  private readonly stop: () => void;

  constructor(scope: Scope) {
    this.scope = scope;
    this.stop = whenSettled((outcome) => this.settled(outcome));
  }

  /** Read the first page and open `visit`, or the first row; what was half-written there comes back. */
  async begin(visit: string | null): Promise<void> {
    resume();
    await this.more();
    if (this.isGone) {
      return;
    }
    const first = visit ?? this.queue.value.rows[0]?.visit;
    if (first) {
      this.open(first);
      const draft = kept<Draft>(`draft:${first}`);
      if (draft) {
        this.doing.value = draft;
        tell(S.restored);
      }
    }
  }

  end(): void {
    this.isGone = true;
    clearTimeout(this.timer);
    this.stop();
    lease.giveBack();
  }

  private async more(): Promise<void> {
    this.loading.value = true;
    const page = await get<Rows>(`/review/queue${query({ ...this.scope, cursor: this.queue.value.next, limit: PAGE })}`);
    batch(() => {
      this.queue.value = rows.arrived(this.queue.value, page);
      this.loading.value = false;
    });
  }

  /** Put a visit on the desk; `decided`: the one before it is done with. */
  open(visit: string, { decided = false } = {}): void {
    clearTimeout(this.timer);
    lease.giveBack({ decided });
    batch(() => {
      this.queue.value = rows.opened(this.queue.value, visit);
      this.visit.value = visit;
      this.doing.value = null;
      this.detail.value = detailNow(visit);
    });
    amend({ visit });
    this.timer = window.setTimeout(() => void this.look(visit).catch(complain), decided ? 0 : LOOK_MS);
    if (rows.wantsMore(this.queue.value) && !this.loading.value) {
      void this.more().catch(complain);
    }
  }

  private async look(visit: string): Promise<void> {
    if (this.isGone) {
      return;
    }
    if (!this.isDone(visit)) {
      lease.take(visit);
    }
    try {
      const detail = await detailOf(visit);
      if (this.visit.value === visit) {
        this.detail.value = detail;
        rows.ahead(this.queue.value, AHEAD).forEach(prefetch);
      }
    } catch (error) {
      if (!(error instanceof Problem)) {
        throw error;
      }
      this.closed.value = { visit, problem: error };
    }
  }

  /** Whether a decision of this window stands for it. */
  isDone(visit: string): boolean {
    const fate = this.queue.value.fates.get(visit);
    return fate !== undefined && fate.state !== "failed";
  }

  move(by: number): void {
    const to = rows.current(rows.moved(this.queue.value, by));
    if (to && to.visit !== this.visit.value) {
      this.open(to.visit);
    }
  }

  /** Decide about the visit on the desk and go on to the next. */
  decide(decided: Decided): void {
    const visit = this.visit.value;
    if (visit) {
      const id = uuid7();
      forget(`draft:${visit}`);
      this.dispatch({ id, visits: [visit], deciding: decided.deciding, path: `/review/visits/${visit}/decisions`, body: { id, ...decided } });
    }
  }

  /** Decide about several at once; `visits` are those of the queue that it concerns. */
  decideMany(target: Target, visits: readonly string[], decided: Decided): void {
    const id = uuid7();
    this.dispatch({ id, visits, deciding: decided.deciding, path: "/review/decisions", body: { id, ...target, ...decided } });
  }

  private dispatch(item: Sending): void {
    if (item.deciding !== "undo") {
      this.queue.value = rows.fated(this.queue.value, item.visits, { deciding: item.deciding, state: "sending" });
    }
    item.visits.forEach(outdated);
    send(item);
    this.doing.value = null;
    if (this.visit.value && item.visits.includes(this.visit.value)) {
      this.goOn();
    }
  }

  private goOn(): void {
    const next = rows.current(rows.onward(this.queue.value));
    if (next && rows.isOpen(this.queue.value, next)) {
      this.open(next.visit, { decided: true });
    } else {
      lease.giveBack({ decided: true });
    }
  }

  private settled(outcome: Outcome): void {
    const { item } = outcome;
    item.visits.forEach(outdated);
    if ("problem" in outcome) {
      if (item.deciding !== "undo") {
        this.queue.value = rows.fated(this.queue.value, item.visits, { deciding: item.deciding, state: "failed" });
      }
      complain(outcome.problem);
    } else if (item.deciding === "undo") {
      this.queue.value = rows.fated(this.queue.value, item.visits, null);
      tell(S.undoneNow);
      if (item.visits[0]) {
        this.open(item.visits[0]);
      }
    } else {
      this.done(item, outcome.answer);
    }
  }

  private done(item: Sending, answer: Record<string, unknown>): void {
    const deciding = item.deciding as Decided["deciding"];
    const left = (answer["left_out"] ?? []) as { visit: string; code: string }[];
    const failed = left.map(({ visit }) => visit);
    const marked = rows.fated(this.queue.value, item.visits.filter((visit) => !failed.includes(visit)), { deciding, state: "done" });
    this.queue.value = failed.length ? rows.fated(marked, failed, { deciding, state: "failed" }) : marked;
    if (typeof answer["decided"] === "number") {
      const why = [...new Set(left.map(({ code }) => codeOf(code)[0]))].join("、");
      const tail = left.length ? `,${left.length} ${S.leftOut[0]}:${why}` : "";
      tell([`${S.decided[0]} ${answer["decided"]}${tail}`, S.decided[1]]);
    }
  }

  /** Begin to write, with what was written before. */
  write(what: Draft["what"]): void {
    const draft = kept<Draft>(`draft:${this.visit.value}`);
    this.doing.value = { what, text: draft?.what === what ? draft.text : "" };
  }

  /** Keep what is being written, in case the page goes away. */
  draft(what: Draft["what"], text: string): void {
    if (text) {
      keep(`draft:${this.visit.value}`, { what, text });
    } else {
      forget(`draft:${this.visit.value}`);
    }
  }

  toggle(visit: string | null): void {
    if (visit) {
      this.queue.value = rows.toggled(this.queue.value, visit);
    }
  }

  pickAll(all: boolean): void {
    this.queue.value = rows.pickedAll(this.queue.value, all);
  }

  /** Whom a correction of the address concerns: the group if the queue shows one of this cause, else this visit. */
  addressed(): Target {
    const { cause, key } = this.scope;
    return cause === "address" && key ? { cause, key } : { visits: [this.visit.value!] };
  }
}
