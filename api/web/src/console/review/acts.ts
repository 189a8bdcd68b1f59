// What a key or a button of the desk does, and why it may not.
import { post } from "../../shared/api";
import type { Detail, Position, Preview } from "../../shared/wire";
import { tell } from "../notice";
import { S } from "../says";
import type { Desk } from "./desk";
import * as lease from "./lease";
import { isOpen } from "./queue";
import { undo, undoLast } from "./sending";

type May = keyof Detail["may"];

/** Whether the visit on the desk may be decided so; says why not. */
function may(desk: Desk, what: May): boolean {
  const detail = desk.detail.value;
  if (!detail || desk.isDone(detail.visit)) {
    return false;
  }
  const holder = lease.heldBy.value;
  if (holder) {
    tell([`${holder.name} ${S.heldBy[0]}`, S.heldBy[1]], true);
  } else if (!detail.may[what]) {
    tell(S.mayNot, true);
  }
  return !holder && detail.may[what];
}

export function confirm(desk: Desk): void {
  if (desk.queue.value.picked.size) {
    desk.doing.value = { what: "many" };
  } else if (may(desk, "confirm")) {
    desk.decide({ deciding: "confirm" });
  }
}

export function ask(desk: Desk): void {
  if (may(desk, "ask")) {
    desk.write("ask");
  }
}

export function refuse(desk: Desk): void {
  const why = desk.detail.value && refusalShut(desk.detail.value);
  if (why) {
    tell(why, true);
  } else if (may(desk, "refuse")) {
    desk.write("refuse");
  }
}

/** Why refusing is not open yet; null if it is. */
export function refusalShut(detail: Detail): readonly [string, string] | null {
  if (detail.may.refuse) {
    return null;
  }
  if (detail.cause === "appeal") {
    return S.mayNot; // whoever appeals is heard: another verifier has to judge
  }
  const [zh, en] = S.refuseUnheard;
  return detail.refuse_from ? [`${zh}(${detail.refuse_from.slice(0, 10)})`, `${en} (${detail.refuse_from.slice(0, 10)})`] : [zh, en];
}

export function address(desk: Desk): void {
  if (may(desk, "correct_address")) {
    desk.doing.value = { what: "address" };
  }
}

/** Of two records: they are of the same visit, or of different ones. */
export function compare(desk: Desk, deciding: "same_visit" | "other_visit"): void {
  if (may(desk, deciding)) {
    desk.decide({ deciding });
  }
}

/** Take back the newest decision of this window, else the one that stands for the visit on the desk. */
export function takeBack(desk: Desk): void {
  const detail = desk.detail.value;
  if (undoLast()) {
    tell(S.undoing);
  } else if (detail?.may.undo && detail.undoes) {
    undo(detail.undoes, [detail.visit]);
    tell(S.undoing);
  } else {
    tell(S.nothingToUndo);
  }
}

/** What moving the place would make of its visits; without a position the server proposes one. */
export function effect(desk: Desk, position: Position | null): Promise<Preview> {
  return post<Preview>("/review/preview", { deciding: "correct_address", ...desk.addressed(), ...(position && { position }) });
}

export function correctAddress(desk: Desk, position: Position): void {
  const target = desk.addressed();
  if ("visits" in target) {
    desk.decide({ deciding: "correct_address", position });
  } else {
    const { rows } = desk.queue.value;
    const visits = rows.filter((row) => isOpen(desk.queue.value, row)).map((row) => row.visit);
    desk.decideMany(target, visits, { deciding: "correct_address", position });
  }
}

export function look(desk: Desk): void {
  const photos = desk.detail.value?.photos ?? [];
  const first = photos.findIndex((photo) => photo.similar.length > 0);
  const photo = Math.max(0, first);
  if (photos[photo]?.picture?.state === "read") {
    desk.doing.value = { what: "pictures", at: { photo, similar: first >= 0 ? 0 : null } };
  }
}
