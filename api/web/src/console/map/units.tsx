// The tree of units: branches are read when they are opened.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Both } from "../../shared/both";
import type { Unit } from "../../shared/wire";
import { complain } from "../notice";
import { S } from "../says";
import { unitsUnder } from "./unittree";

interface Choice {
  chosen: string | null;
  onChoose: (unit: Unit | null) => void;
}

export function UnitTree({ chosen, onChoose }: Choice): JSX.Element {
  return (
    <div class="units">
      <button type="button" aria-pressed={chosen === null} onClick={() => onChoose(null)}>
        <Both of={S.allUnits} />
      </button>
      <Branch parent={null} chosen={chosen} onChoose={onChoose} opened />
    </div>
  );
}

function Branch({ parent, chosen, onChoose, opened }: Choice & { parent: string | null; opened?: boolean }): JSX.Element {
  const [units, set] = useState<Unit[] | null>(null);
  useEffect(() => {
    unitsUnder(parent).then(set, complain);
  }, [parent]);
  return (
    <ul>
      {units === null && (
        <li class="quiet">
          <Both of={S.loading} />
        </li>
      )}
      {units?.map((unit) => (
        <Twig key={unit.id} unit={unit} chosen={chosen} onChoose={onChoose} opened={Boolean(opened) && units.length === 1} />
      ))}
    </ul>
  );
}

function Twig({ unit, chosen, onChoose, opened }: Choice & { unit: Unit; opened: boolean }): JSX.Element {
  const [open, setOpen] = useState(opened);
  return (
    <li>
      {unit.has_children ? (
        <button type="button" class="twist" aria-expanded={open} aria-label={`${unit.name} 展开 expand`} onClick={() => setOpen(!open)}>
          {open ? "▾" : "▸"}
        </button>
      ) : (
        <span class="twist" />
      )}
      <button type="button" aria-pressed={chosen === unit.id} onClick={() => onChoose(unit)}>
        {unit.name}
      </button>
      {open && <Branch parent={unit.id} chosen={chosen} onChoose={onChoose} />}
    </li>
  );
}
