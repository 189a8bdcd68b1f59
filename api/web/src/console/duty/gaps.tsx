// Where links, people or cover are missing: numbers by unit, and the rows behind them for the office in charge.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get, query } from "../../shared/api";
import { Both, line, type Said } from "../../shared/both";
import type { Named } from "../../shared/wire";
import { LinkCategory } from "../../shared/words";
import { complain } from "../notice";
import { usePaged } from "../paged";
import { Table } from "../parts";
import { amend, follow, here } from "../route";
import { S } from "../says";
import { holds } from "../screens";
import { told, UnitPath, unitHere, usePath } from "../unitpath";
import { D } from "./says";
import { address } from "./state";
import type { FewLinks, GapNumbers, Gaps } from "./wire";

const HEADS = { few_links: D.fewLinks, nobody: D.nobodys, overdue: D.overdue, uncovered: D.uncovered } as const satisfies Record<string, Said>;
const KEYS = ["few_links", "nobody", "overdue"] as const satisfies readonly (keyof GapNumbers)[];

export function GapsView(): JSX.Element {
  const list = here.value.query.get("list");
  return (
    <>
      <form class="tools" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
        <UnitPath />
        <p class="quiet">
          <Both of={D.gapsHint} />
        </p>
      </form>
      <div class="sheet">
        <Totals />
        {holds("programme_office") && <Lists list={list} />}
        {list === "few_links" && <Few />}
        {list === "uncovered" && <Uncovered />}
      </div>
    </>
  );
}

/** Which rows stand below the numbers. */
function Lists({ list }: { list: string | null }): JSX.Element {
  return (
    <p class="row">
      {(["few_links", "uncovered"] as const).map((one) => (
        <button key={one} type="button" aria-pressed={list === one} onClick={() => amend({ list: list === one ? null : one })}>
          <Both of={HEADS[one]} />
        </button>
      ))}
    </p>
  );
}

function Totals(): JSX.Element {
  const [gaps, set] = useState<Gaps | null>(null);
  const path = usePath();
  const unit = path.at(-1) ?? null;
  useEffect(() => {
    let stale = false;
    if (!unit) {
      return undefined;
    }
    get<Gaps>(`/duty/gaps${query({ unit })}`).then((found) => stale || set(found), complain);
    return () => {
      stale = true;
    };
  }, [unit]);
  if (!gaps?.items.length) {
    return (
      <p class="empty" role="status">
        <Both of={gaps ? D.noGaps : unit ? S.loading : D.pickUnit} />
      </p>
    );
  }
  return (
    <table class="rows">
      <caption class="unseen">{line(D.gaps)}</caption>
      <thead>
        <tr>
          <th scope="col">
            <Both of={S.unit} />
          </th>
          {KEYS.map((key) => (
            <th key={key} scope="col" class="n">
              <Both of={HEADS[key]} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {gaps.items.map((item) => {
          const isOwn = item.unit === unit;
          const way = [...path, item.unit];
          return (
            <tr key={item.unit}>
              <th scope="row">
                {item.has_children && !isOwn ? (
                  <button type="button" class="name" onClick={() => amend({ units: told(way) })}>
                    {item.name}
                  </button>
                ) : (
                  <>
                    {item.name} {isOwn && gaps.items.length > 1 && <Both of={D.own} />}
                  </>
                )}
              </th>
              {KEYS.map((key) => (
                <Count key={key} n={item[key]} label={`${item.name} ${HEADS[key][0]}`} to={isOwn ? null : rowsOf(key, way)} />
              ))}
            </tr>
          );
        })}
        <tr class="total">
          <th scope="row">
            <Both of={D.total} />
          </th>
          {KEYS.map((key) => (
            <Count key={key} n={gaps.total[key]} label={`${D.total[0]} ${HEADS[key][0]}`} to={rowsOf(key, path)} />
          ))}
        </tr>
      </tbody>
    </table>
  );
}

/** Where a gap's rows are listed; null for a leader, who sees numbers alone. */
function rowsOf(key: keyof GapNumbers, path: readonly string[]): string | null {
  if (!holds("programme_office")) {
    return null;
  }
  return key === "nobody" || key === "overdue" ? address("board", path, { show: key }) : address("gaps", path, { list: key });
}

function Count({ n, label, to }: { n: number; label: string; to: string | null }): JSX.Element {
  return (
    <td class={n ? "n" : "n zero"}>
      {to && n > 0 ? (
        <a href={to} onClick={follow} aria-label={`${label} ${n}`}>
          {n}
        </a>
      ) : (
        n
      )}
    </td>
  );
}

function Few(): JSX.Element {
  const list = usePaged<FewLinks>(`/duty/gaps/few-links${query({ unit: unitHere() })}`);
  return (
    <section aria-labelledby="few">
      <h2 id="few">
        <Both of={D.fewLinks} />
      </h2>
      <Table
        list={list}
        empty={D.noFew}
        caption={D.fewLinks}
        heads={[D.holder, S.unit, S.programme, D.category, D.has, D.number, D.deeds]}
        row={(few) => (
          <tr key={few.holder.id + few.unit.id + few.programme.id + few.category}>
            <th scope="row">{few.holder.name}</th>
            <td>{few.unit.name}</td>
            <td>{few.programme.name}</td>
            <td>
              <Both of={LinkCategory[few.category]} />
            </td>
            <td class="n">{few.has}</td>
            <td class="n">{few.number}</td>
            <td class="acts">
              <a class="button" href={`/console/handover${query({ to: few.holder.name, kind: few.holder.kind, programme: few.programme.id })}`} onClick={follow}>
                <Both of={D.toHandOver} />
              </a>
            </td>
          </tr>
        )}
      />
    </section>
  );
}

interface NotCovered {
  id: string;
  place: Named;
  unit: Named;
  list: string;
  ends: string | null;
}

function Uncovered(): JSX.Element {
  const list = usePaged<NotCovered>(`/needy${query({ unit: unitHere(), uncovered: "true" })}`);
  return (
    <section aria-labelledby="uncovered">
      <h2 id="uncovered">
        <Both of={D.uncovered} />
      </h2>
      <Table
        list={list}
        empty={D.noUncovered}
        caption={D.uncovered}
        heads={[D.home, S.unit, D.needyList]}
        row={(home) => (
          <tr key={home.id}>
            <th scope="row">{home.place.name}</th>
            <td>{home.unit.name}</td>
            <td>{home.list}</td>
          </tr>
        )}
      />
    </section>
  );
}
