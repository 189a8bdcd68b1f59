// The month in which a moment lies, by the calendar of China.
import { date } from "../../shared/times";

/** Its first and its last day: 2026-02-01, 2026-02-28. */
export function monthOf(at: Date): { from: string; until: string } {
  const [year, month] = date(at).split("-") as [string, string];
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return { from: `${year}-${month}-01`, until: `${year}-${month}-${last}` };
}
