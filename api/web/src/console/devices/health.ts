// What somebody should do about a phone, in words; and which phones a number of the summary stands for.
import type { Said } from "../../shared/both";
import { DeviceAlarm } from "../../shared/words";
import { P } from "./says";
import type { Device, Fleet } from "./wire";

export type Counted = Exclude<keyof Fleet, "silent_days">;

/** The numbers of the summary in their order, with their names. */
export const NUMBERS: readonly { key: Counted; of: Said }[] = [
  { key: "active", of: P.all },
  { key: "alarmed", of: P.alarmed },
  { key: "silent", of: P.silent },
  { key: "unsent", of: P.unsentN },
  { key: "wrong_clock", of: P.wrong_clock },
  { key: "old_version", of: P.old_version },
  { key: "quarantined", of: P.quarantinedN },
  { key: "retired", of: P.retired },
  { key: "lost", of: P.lostN },
];

/** What the server is asked for so that the list holds what a number counts. */
export function askedFor(number: Counted, silentDays: number): Record<string, string> {
  if (number === "active" || number === "retired" || number === "lost") {
    return { state: number };
  }
  return number === "silent" ? { silent_days: String(silentDays) } : { [number]: "true" };
}

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** A span of seconds in the largest unit that fits. */
export function span(seconds: number): Said {
  const s = Math.abs(seconds);
  if (s < HOUR_S) {
    const n = Math.max(1, Math.round(s / MINUTE_S));
    return [`${n} 分钟`, `${n} min`];
  }
  const [n, zh, en] = s < 2 * DAY_S ? [Math.round(s / HOUR_S), "小时", "h"] : [Math.round(s / DAY_S), "天", "d"];
  return [`${n} ${zh}`, `${n} ${en}`];
}

/** What to look after, the most serious first; empty: nothing. */
export function signsOf({ alarm, health, state }: Device): Said[] {
  const signs: Said[] = [];
  if (alarm) {
    signs.push([DeviceAlarm[alarm].zh, DeviceAlarm[alarm].en]);
  }
  if (state !== "active") {
    return signs;
  }
  if (health.clock_is_wrong && health.clock_offset_s !== null) {
    const by = span(health.clock_offset_s);
    const way = health.clock_offset_s > 0 ? P.clockAhead : P.clockBehind;
    signs.push([`${way[0]} ${by[0]}`, `${way[1]} ${by[1]}`]);
  }
  if (health.quarantined > 0) {
    signs.push([`${health.quarantined} ${P.quarantined[0]}`, `${health.quarantined} ${P.quarantined[1]}`]);
  }
  if (health.is_old) {
    signs.push(P.oldVersion);
  }
  if (health.waiting > 0) {
    signs.push([`${health.waiting} ${P.waiting[0]}`, `${health.waiting} ${P.waiting[1]}`]);
  }
  return signs;
}
