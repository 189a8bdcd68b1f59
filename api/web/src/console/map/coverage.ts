// Coverage of areas as a colour.
import { get, query } from "../../shared/api";
import type { Coverage, Covered } from "../../shared/wire";
import { CLASSES } from "./classes";
import type { Filters } from "./state";

/** Counts of the units under the chosen one, by unit. */
export async function coverage({ from, until, unit }: Filters, signal: AbortSignal): Promise<Map<string, Covered>> {
  const { items } = await get<Coverage>(`/map/coverage${query({ from, until, unit })}`, { signal });
  return new Map(items.map((item) => [item.unit, item]));
}

export function colourOf(covered: Covered | undefined): string | null {
  if (!covered?.places) {
    return null;
  }
  const share = (100 * covered.met) / covered.places;
  return (CLASSES.find(({ to }) => share < to) ?? CLASSES[CLASSES.length - 1]!).colour;
}
