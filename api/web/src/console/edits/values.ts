// How a value of the register reads, and which positions a case has to show.
import type { Position } from "../../shared/wire";
import { Residence } from "../../shared/words";
import { E } from "./says";
import type { CaseDetail, Told, Value } from "./wire";

export const isPosition = (value: Value): value is Position => typeof value === "object" && value !== null;

/** A value in words. */
export function read(field: string, value: Value): string {
  if (value === null || value === "") {
    return E.empty[0];
  }
  if (isPosition(value)) {
    return `${value.lon.toFixed(5)}, ${value.lat.toFixed(5)}`;
  }
  return field === "residence" && value in Residence ? `${Residence[value as Residence].zh} ${Residence[value as Residence].en}` : value;
}

/** What can be taken: tellings that wait, one for each value, the newest of those that say the same. */
export function choices({ edits, state }: CaseDetail): Told[] {
  const shown = edits.filter((edit) => (state === "open" ? edit.state === "open" : edit.state !== "applied"));
  const newest = new Map<string, Told>();
  for (const edit of [...shown].sort((a, b) => a.said_at.localeCompare(b.said_at))) {
    newest.set(JSON.stringify(edit.new), edit);
  }
  return [...newest.values()];
}

export interface Spot {
  at: Position;
  sign: string;
  label: string;
  isNew: boolean;
}

/** The positions of a case with their signs: 登 registered, 1, 2 … told. */
export function spots(detail: CaseDetail): Spot[] {
  const found: Spot[] = [];
  if (isPosition(detail.registered)) {
    found.push({ at: detail.registered, sign: "登", label: E.registered[0], isNew: false });
  }
  choices(detail).forEach((edit, i) => {
    if (isPosition(edit.new)) {
      found.push({ at: edit.new, sign: String(i + 1), label: edit.by?.name ?? E.imported[0], isNew: true });
    }
  });
  return found;
}
