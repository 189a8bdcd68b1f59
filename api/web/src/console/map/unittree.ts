// Reading the tree of units, a branch at a time.
import { get, query } from "../../shared/api";
import type { Page, Unit } from "../../shared/wire";

const read = new Map<string, Promise<Unit[]>>();

/** The units under a unit, or the viewer's own; each is asked for once. */
export function unitsUnder(parent: string | null): Promise<Unit[]> {
  const key = parent ?? "";
  const known = read.get(key) ?? get<Page<Unit>>(`/units${query({ parent })}`).then((page) => landFirst(page.items));
  read.set(key, known);
  return known;
}

export const LAND: readonly string[] = ["province", "city", "county", "town", "area", "village", "grid", "group"];

/** Units that are areas before departments and others, each in the order of the server. */
const landFirst = (units: Unit[]): Unit[] => [...units.filter(({ kind }) => LAND.includes(kind)), ...units.filter(({ kind }) => !LAND.includes(kind))];
