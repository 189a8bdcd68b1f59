// Numbers of the units right under one, without homes, words or names.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get } from "../../shared/api";
import { Both, line, type Said } from "../../shared/both";
import type { Named } from "../../shared/wire";
import { complain } from "../notice";
import { S } from "../says";
import { UnitPath, usePath } from "../unitpath";
import { C } from "./says";
import type { EventCount, PromiseCount } from "./wire";

export const EventCounts = (): JSX.Element => (
  <Counts<EventCount> path="/life-events/counts" caption={C.events} columns={{ owed: C.open, overdue: C.overdue, met: C.met, gaps: C.gaps }} />
);

export const PromiseCounts = (): JSX.Element => (
  <Counts<PromiseCount> path="/commitments/counts" caption={C.promises} hint={C.promisesHint} columns={{ open: C.openPromises, overdue: C.overdue, told_kept: C.toldKept, confirmed: C.confirmed }} />
);

interface Props<T> {
  path: string;
  caption: Said;
  hint?: Said;
  columns: Record<Exclude<keyof T, "unit">, Said>;
}

function Counts<T extends { unit: Named }>({ path, caption, hint, columns }: Props<T>): JSX.Element {
  const unit = usePath().at(-1) ?? null;
  const [items, set] = useState<T[] | null>(null);
  useEffect(() => {
    let stale = false;
    set(null);
    if (unit) {
      get<{ items: T[] }>(`${path}?unit=${unit}`).then((found) => stale || set(found.items), complain);
    }
    return () => {
      stale = true;
    };
  }, [path, unit]);
  const keys = Object.keys(columns) as Exclude<keyof T, "unit">[];
  return (
    <>
      <form class="tools" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
        <UnitPath />
        {hint && (
          <p class="quiet">
            <Both of={hint} />
          </p>
        )}
      </form>
      <div class="sheet">
        {items?.length ? (
          <table class="rows">
            <caption class="unseen">{line(caption)}</caption>
            <thead>
              <tr>
                <th scope="col">
                  <Both of={S.unit} />
                </th>
                {keys.map((key) => (
                  <th key={key} scope="col" class="n">
                    <Both of={columns[key]} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={item.unit.id}>
                  <th scope="row">{item.unit.name}</th>
                  {keys.map((key) => (
                    <td key={key} class={item[key] ? "n" : "n zero"}>
                      {String(item[key])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        ) : (
          <p class="empty" role="status">
            <Both of={items || !unit ? C.noCounts : S.loading} />
          </p>
        )}
      </div>
    </>
  );
}
