// What the map shows: verdicts (the legend is the filter), days, unit, programme. Never a link category.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Both, line } from "../../shared/both";
import type { Named } from "../../shared/wire";
import { Verdict } from "../../shared/words";
import { complain } from "../notice";
import { amend } from "../route";
import { S } from "../says";
import { CLASSES } from "./classes";
import { mapSettings } from "./ground";
import { Mark } from "./mark";
import { ORDER } from "./shape";
import { covering, detailed, filter, filters } from "./state";
import { UnitTree } from "./units";

export function FilterBar({ onUnit }: { onUnit: (unit: string | null) => void }): JSX.Element {
  const shown = filters.value;
  return (
    <aside class="filters" aria-label={line(S.filters)}>
      <fieldset class="legend">
        <legend>
          <Both of={S.verdict} />
        </legend>
        {[...ORDER].reverse().map((verdict) => (
          <label key={verdict}>
            <input
              type="checkbox"
              checked={shown.verdicts.includes(verdict)}
              onChange={(event) => filter({ verdicts: ORDER.filter((v) => (v === verdict ? event.currentTarget.checked : shown.verdicts.includes(v))) })}
            />
            <Mark of={verdict} /> <Both of={Verdict[verdict]} />
          </label>
        ))}
      </fieldset>
      <div class="dates">
        <label>
          <Both of={S.from} />
          <input type="date" value={shown.from} max={shown.until} onChange={(event) => event.currentTarget.value && filter({ from: event.currentTarget.value })} />
        </label>
        <label>
          <Both of={S.until} />
          <input type="date" value={shown.until} min={shown.from} onChange={(event) => event.currentTarget.value && filter({ until: event.currentTarget.value })} />
        </label>
      </div>
      <Programmes />
      <label class="check">
        <input type="checkbox" checked={detailed.value} onChange={(event) => amend({ details: event.currentTarget.checked ? null : "0" })} />
        <span>
          <Both of={S.details} />
        </span>
      </label>
      <label class="check">
        <input type="checkbox" checked={covering.value} onChange={(event) => amend({ coverage: event.currentTarget.checked ? "1" : null })} />
        <span>
          <Both of={S.coverage} />
        </span>
      </label>
      {covering.value && <CoverageLegend />}
      <h2>
        <Both of={S.unit} />
      </h2>
      <UnitTree
        chosen={shown.unit}
        onChoose={(unit) => {
          filter({ unit: unit?.id ?? null });
          onUnit(unit?.id ?? null);
        }}
      />
      <p class="quiet">
        <Both of={S.purpose} />
      </p>
    </aside>
  );
}

function Programmes(): JSX.Element {
  const [programmes, set] = useState<Named[]>([]);
  useEffect(() => {
    mapSettings().then((settings) => set(settings.programmes), complain);
  }, []);
  return (
    <label class="field">
      <Both of={S.programme} />
      <select value={filters.value.programme ?? ""} onChange={(event) => filter({ programme: event.currentTarget.value || null })}>
        <option value="">{line(S.all)}</option>
        {programmes.map((programme) => (
          <option key={programme.id} value={programme.id}>
            {programme.name}
          </option>
        ))}
      </select>
    </label>
  );
}

function CoverageLegend(): JSX.Element {
  return (
    <figure class="classes">
      <figcaption>
        <Both of={S.coverageBy} />
      </figcaption>
      <ul>
        {CLASSES.map(({ from, to, colour }) => (
          <li key={from}>
            <svg width="18" height="12" aria-hidden="true">
              <rect width="18" height="12" fill={colour} />
            </svg>
            {from}–{to}%
          </li>
        ))}
      </ul>
      <p class="quiet">
        <Both of={S.coverageNote} />
      </p>
    </figure>
  );
}
