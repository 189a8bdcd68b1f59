// Which part of what waits is looked at, kept in the address.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import type { Unit } from "../../shared/wire";
import { FindingState, Reason } from "../../shared/words";
import { unitsUnder } from "../map/unittree";
import { complain } from "../notice";
import { amend, here } from "../route";
import { S } from "../says";
import type { Scope } from "./desk";

const AGES = [1, 3, 7, 14, 30];
const STATES = ["open", "asked", "answered"] as const;

/** What the address says. */
export function scopeHere(): Scope {
  const given = here.value.query;
  return {
    cause: given.get("cause"),
    key: given.get("key"),
    unit: given.get("unit"),
    reason: given.get("reason"),
    state: given.get("state"),
    drawn: given.get("drawn"),
    older_than: given.get("older_than"),
  };
}

/** The filters of groups as a query string. */
export function groupSearch({ unit, reason, drawn, older_than }: Scope): string {
  return query({ unit, reason, drawn, older_than });
}

export function ScopeLine({ rows }: { rows: boolean }): JSX.Element {
  const scope = scopeHere();
  const units = useUnits();
  return (
    <form class="scope" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
      <Choice of={S.unit} name="unit" value={scope.unit} options={units.map((unit) => [unit.id, unit.name])} />
      <Choice of={S.reason} name="reason" value={scope.reason} options={Object.entries(Reason).map(([code, label]) => [code, label.zh])} />
      {rows && <Choice of={S.state} name="state" value={scope.state} options={STATES.map((state) => [state, FindingState[state].zh])} />}
      <Choice of={S.waits} name="older_than" value={scope.older_than} options={AGES.map((days) => [String(days), `≥ ${days} 天 d`])} />
      <label class="check">
        <input type="checkbox" checked={scope.drawn === "true"} onChange={(event) => amend({ drawn: event.currentTarget.checked ? "true" : null, visit: null })} />
        <span>
          <Both of={S.onlyDrawn} />
        </span>
      </label>
    </form>
  );
}

interface ChoiceProps {
  of: readonly [string, string];
  name: keyof Scope;
  value: string | null;
  options: readonly (readonly [string, string])[];
}

function Choice({ of, name, value, options }: ChoiceProps): JSX.Element {
  return (
    <label>
      <Both of={of} />
      <select value={value ?? ""} onChange={(event) => amend({ [name]: event.currentTarget.value || null, visit: null })}>
        <option value="">{line(S.all)}</option>
        {options.map(([key, label]) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The viewer's units and the towns right under them. */
function useUnits(): Unit[] {
  const [units, set] = useState<Unit[]>([]);
  useEffect(() => {
    unitsUnder(null)
      .then(async (own) => [...own, ...(await Promise.all(own.map((unit) => unitsUnder(unit.id)))).flat()])
      .then(set, complain);
  }, []);
  return units;
}
