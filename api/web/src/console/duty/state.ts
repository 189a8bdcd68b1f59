// Where the person is within duty, kept in the address.
import { query } from "../../shared/api";
import { here } from "../route";
import { told } from "../unitpath";
import { monthOf } from "./month";
import type { Show } from "./wire";

export type View = "coverage" | "board" | "gaps" | "homes";

export const viewHere = (): View => (here.value.query.get("view") as View | null) ?? "coverage";

/** The days that are counted; the present month unless the address says otherwise. */
export function daysHere(): { from: string; until: string } {
  const { query: given } = here.value;
  const month = monthOf(new Date());
  return { from: given.get("from") ?? month.from, until: given.get("until") ?? month.until };
}

/** The address of a part of duty; `path` leads to a unit. */
export const address = (view: View, path: readonly string[], more: Record<string, string | null> = {}): string => `/console/duty${query({ view, units: told(path), ...more })}`;

/** What of a unit is counted: the days and the programme. */
export interface Counting {
  from: string;
  until: string;
  programme: string | null;
}

const IN_THESE_DAYS: Partial<Record<string, Show>> = { owed: "owed", contacted: "met", met: "met", lapsed: "lapsed", excused: "excused" };
const NOW: Partial<Record<string, Show>> = { overdue: "overdue", paused: "paused", nobody: "nobody" };

/** Where a count leads: the part that lists what it counts. Null if nothing lists it. */
export function rowsOf(counted: string, path: readonly string[], { from, until, programme }: Counting): string | null {
  const dated = IN_THESE_DAYS[counted];
  const now = NOW[counted];
  if (dated) {
    return address("board", path, { show: dated, programme, due_from: from, due_until: until });
  }
  if (now) {
    return address("board", path, { show: now, programme });
  }
  return counted === "linked" ? address("homes", path) : null;
}
