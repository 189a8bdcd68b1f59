// What the map shows, kept in the address: a view can be sent to a colleague.
import { computed } from "@preact/signals";
import { query } from "../../shared/api";
import { date, daysBefore } from "../../shared/times";
import type { Verdict } from "../../shared/words";
import { amend, here } from "../route";
import { ORDER } from "./shape";

export const SHOWN_DAYS = 30;
export const WINDOW_DAYS = 90;

export interface Filters {
  from: string;
  until: string;
  unit: string | null;
  programme: string | null;
  verdicts: readonly Verdict[];
}

export const filters = computed<Filters>(() => {
  const given = here.value.query;
  const verdicts = given.getAll("verdict").flatMap((text) => text.split(",")) as Verdict[];
  return {
    from: given.get("from") ?? daysBefore(SHOWN_DAYS - 1),
    until: given.get("until") ?? date(new Date()),
    unit: given.get("unit"),
    programme: given.get("programme"),
    verdicts: verdicts.length ? ORDER.filter((verdict) => verdicts.includes(verdict)) : ORDER,
  };
});

export const covering = computed(() => here.value.query.get("coverage") === "1");
export const detailed = computed(() => here.value.query.get("details") !== "0");
export const chosen = computed(() => here.value.query.get("visit"));

export function filter(change: Partial<Filters>): void {
  const { verdicts, ...rest } = change;
  amend({ ...rest, ...(verdicts && { verdict: verdicts.length === ORDER.length ? null : verdicts.join(",") }) });
}

/** The filters as the map's addresses want them. */
export function asked({ from, until, unit, programme, verdicts }: Filters): string {
  return query({ from, until, unit, programme, verdict: verdicts.length === ORDER.length ? [] : verdicts });
}
