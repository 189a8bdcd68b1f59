// The unit that is looked at, chosen level by level: the address keeps the way down to it, so that names and the levels
// above are known after a reload.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Both, line } from "../shared/both";
import type { Unit } from "../shared/wire";
import { LAND, unitsUnder } from "./map/unittree";
import { complain } from "./notice";
import { amend, here } from "./route";
import { S } from "./says";

const KEY = "units";

/** Ids from one of the viewer's own units down to the chosen one; empty if none is chosen. */
export const pathHere = (): string[] => here.value.query.get(KEY)?.split(",").filter(Boolean) ?? [];
/** The chosen unit. */
export const unitHere = (): string | null => pathHere().at(-1) ?? null;
/** A path as the address keeps it. */
export const told = (path: readonly string[]): string => path.join(",");

/** A row of lists: the viewer's units, then what is under each chosen one. */
export function UnitPath(): JSX.Element {
  const path = pathHere();
  const levels = useLevels(path);
  const choose = (level: number, unit: string): void => amend({ [KEY]: told(unit ? [...path.slice(0, level), unit] : path.slice(0, level)) || null, cursor: null });
  return (
    <fieldset class="unitpath">
      <legend>
        <Both of={S.unit} />
      </legend>
      {levels.map((units, level) => (
        <select key={level} aria-label={`${line(S.unit)} ${level + 1}`} value={path[level] ?? ""} onChange={(event) => choose(level, event.currentTarget.value)}>
          <option value="">{line(S.all)}</option>
          {units.map((unit) => (
            <option key={unit.id} value={unit.id}>
              {unit.name}
            </option>
          ))}
        </select>
      ))}
    </fieldset>
  );
}

/** What can be chosen at each level; the last one is below the chosen unit, if anything is. */
function useLevels(path: readonly string[]): Unit[][] {
  const [levels, set] = useState<Unit[][]>([]);
  useEffect(() => {
    let stale = false;
    Promise.all([null, ...path].map(unitsUnder)).then((found) => stale || set(found.filter((units) => units.length > 0)), complain);
    return () => {
      stale = true;
    };
  }, [told(path)]);
  return levels;
}

/** The viewer's own units that are areas; null until they are read. */
export function useRoots(): Unit[] | null {
  const [roots, set] = useState<Unit[] | null>(null);
  useEffect(() => {
    unitsUnder(null).then((units) => {
      const areas = units.filter(({ kind }) => LAND.includes(kind));
      set(areas.length > 0 ? areas : units);
    }, complain);
  }, []);
  return roots;
}

/** The way to what is looked at: the chosen unit, or the only one that there is; empty if one is to be chosen first. */
export function usePath(): readonly string[] {
  const roots = useRoots();
  const path = pathHere();
  return path.length > 0 || roots?.length !== 1 ? path : [roots[0]!.id];
}
