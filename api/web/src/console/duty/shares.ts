// What the map paints: shares of homes in five steps of one hue, or how many obligations are overdue, in the same hue.
// A unit without homes, or whose numbers are not read yet, has no colour.
import { CLASSES } from "../map/classes";
import type { Counted } from "./wire";

export const PAINTS = ["linked", "contacted", "overdue"] as const;
export type Paint = (typeof PAINTS)[number];

/** Steps of a count: from so many on. */
export const STEPS = [0, 1, 5, 20, 100] as const;

export function colourOf(counted: Counted | undefined, paint: Paint): string | null {
  if (!counted || (paint === "overdue" ? counted.homes + counted.overdue : counted.homes) === 0) {
    return null;
  }
  if (paint === "overdue") {
    return CLASSES[STEPS.findLastIndex((from) => counted.overdue >= from)]!.colour;
  }
  const share = (100 * counted[paint]) / counted.homes;
  return (CLASSES.find(({ to }) => share < to) ?? CLASSES[CLASSES.length - 1]!).colour;
}

/** `82%`, or a dash where there is nothing to take a share of. */
export const percent = (part: number, whole: number): string => (whole > 0 ? `${Math.round((100 * part) / whole)}%` : "–");
