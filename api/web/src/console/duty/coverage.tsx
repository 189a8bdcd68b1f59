// Numbers of each unit as a tree that opens downwards, and the same on a map. Counts lead to the rows behind them for
// whoever may see rows.
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { get, Problem, query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import type { Unit } from "../../shared/wire";
import { Choice } from "../parts";
import { complain } from "../notice";
import { amend, follow, go, here } from "../route";
import { S } from "../says";
import { holds } from "../screens";
import { pathHere, told, unitHere, useRoots } from "../unitpath";
import { DutyMap } from "./dutymap";
import { useProgrammes } from "./programmes";
import { COLUMNS, D } from "./says";
import { percent } from "./shares";
import { address, type Counting, daysHere, rowsOf } from "./state";
import type { Counted, Counts, Numbers } from "./wire";

export function Coverage(): JSX.Element {
  const { from, until } = daysHere();
  const programme = here.value.query.get("programme");
  const programmes = useProgrammes();
  const search = query({ from, until, programme });
  const [known, setKnown] = useState<ReadonlyMap<string, Counted>>(new Map());
  useEffect(() => setKnown(new Map()), [search]);
  const ways = useMemo(() => new Map<string, readonly string[]>(), [search]); // the way down to each unit that was shown
  const onRead = (items: readonly Counted[]): void => setKnown((before) => new Map([...before, ...items.map((item) => [item.unit, item] as const)]));
  const roots = useRoots();
  return (
    <>
      <form class="tools" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
        <fieldset class="days">
          <legend>
            <Both of={D.month} />
          </legend>
          <input type="date" aria-label={line(S.from)} value={from} max={until} onChange={(event) => amend({ from: event.currentTarget.value || null })} />
          <span aria-hidden="true">–</span>
          <input type="date" aria-label={line(S.until)} value={until} min={from} onChange={(event) => amend({ until: event.currentTarget.value || null })} />
        </fieldset>
        <Choice of={S.programme} value={programme} none={S.all} options={programmes.map(({ id, name }) => [id, name] as const)} onChoose={(chosen) => amend({ programme: chosen })} />
        <p class="quiet">
          <Both of={D.mapHint} />
        </p>
      </form>
      <div class="treemap">
        <div class="treetable" tabIndex={0} role="region" aria-label={line(D.coverage)}>
          <table class="rows tree">
            <caption class="unseen">{line(D.coverage)}</caption>
            <thead>
              <tr>
                <th scope="col">
                  <Both of={S.unit} />
                </th>
                {COLUMNS.map(({ key, of }) => (
                  <th key={key} scope="col" class="n">
                    <Both of={of} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {roots ? roots.map((root) => <Root key={root.id + search} root={root} tree={{ search, counting: { from, until, programme }, onRead, ways }} />) : <Waiting />}
            </tbody>
          </table>
          <Meaning />
        </div>
        <DutyMap known={known} onChoose={(unit) => ways.has(unit) && amend({ units: told(ways.get(unit)!) })} />
      </div>
    </>
  );
}

/** What the columns count, in plain words. */
function Meaning(): JSX.Element {
  return (
    <details class="meaning">
      <summary>
        <Both of={D.whatColumns} />
      </summary>
      <dl class="facts">
        {COLUMNS.map(({ key, of, means }) => (
          <div key={key}>
            <dt>{of[0]}</dt>
            <dd>
              <Both of={means} />
            </dd>
          </div>
        ))}
      </dl>
      <p class="quiet">
        <Both of={D.fromObligations} />
      </p>
    </details>
  );
}

interface TreeProps {
  search: string;
  counting: Counting;
  onRead: (items: readonly Counted[]) => void;
  ways: Map<string, readonly string[]>;
}

/** Numbers of what is under a unit, once they are there; "none" for a unit whose numbers this person does not see. */
function useCounts(unit: string, path: readonly string[], { search, onRead, ways }: TreeProps): Counts | "none" | null {
  const [counts, set] = useState<Counts | "none" | null>(null);
  useEffect(() => {
    let stale = false;
    get<Counts>(`/duty/counts${search}${search ? "&" : "?"}unit=${unit}`).then(
      (found) => {
        if (!stale) {
          found.items.filter((item) => item.unit !== unit).forEach((item) => ways.set(item.unit, [...path, item.unit]));
          set(found);
          onRead(found.items.filter((item) => item.unit !== unit || found.items.length === 1));
        }
      },
      (error) => {
        set("none");
        if (!(error instanceof Problem && error.status === 404)) {
          complain(error);
        }
      },
    );
    return () => {
      stale = true;
    };
  }, [unit, search]);
  return counts;
}

/** One of the viewer's own units with all that lies below it. */
function Root({ root, tree }: { root: Unit; tree: TreeProps }): JSX.Element | null {
  const counts = useCounts(root.id, [root.id], tree);
  const [open, setOpen] = useState(true);
  if (counts === "none") {
    return null;
  }
  if (!counts) {
    return <Waiting />;
  }
  const item: Counted = { unit: root.id, name: root.name, kind: root.kind, has_children: counts.items.length > 1 || counts.items[0]?.unit !== root.id, ...counts.total };
  return (
    <>
      <Line item={item} path={[root.id]} isOwn={false} open={open} onOpen={setOpen} counting={tree.counting} />
      {open && item.has_children && <Rows counts={counts} parent={root.id} path={[root.id]} tree={tree} />}
    </>
  );
}

function Waiting(): JSX.Element {
  return (
    <tr>
      <td colSpan={COLUMNS.length + 1} class="quiet">
        <Both of={S.loading} />
      </td>
    </tr>
  );
}

/** The units right under one, each a row; its own homes, which belong to none of them, come last. */
function Rows({ counts, parent, path, tree }: { counts: Counts; parent: string; path: readonly string[]; tree: TreeProps }): JSX.Element {
  const own = counts.items.find((item) => item.unit === parent && COLUMNS.some(({ key }) => item[key] > 0));
  return (
    <>
      {counts.items.map((item) => item.unit !== parent && <Twig key={item.unit} item={item} path={[...path, item.unit]} tree={tree} />)}
      {own && <Line item={own} path={[...path, own.unit]} isOwn open={false} onOpen={() => undefined} counting={tree.counting} />}
    </>
  );
}

function Twig({ item, path, tree }: { item: Counted; path: readonly string[]; tree: TreeProps }): JSX.Element {
  const isOnWay = pathHere().includes(item.unit);
  const [open, setOpen] = useState(isOnWay);
  useEffect(() => {
    if (isOnWay) {
      setOpen(true);
    }
  }, [isOnWay]);
  return (
    <>
      <Line item={item} path={path} isOwn={false} open={open} onOpen={setOpen} counting={tree.counting} />
      {open && item.has_children && <Branch unit={item.unit} path={path} tree={tree} />}
    </>
  );
}

function Branch({ unit, path, tree }: { unit: string; path: readonly string[]; tree: TreeProps }): JSX.Element | null {
  const counts = useCounts(unit, path, tree);
  return counts === null ? <Waiting /> : counts === "none" ? null : <Rows counts={counts} parent={unit} path={path} tree={tree} />;
}

interface LineProps {
  item: Counted;
  path: readonly string[];
  /** What belongs to the unit itself and to none below it. */
  isOwn: boolean;
  open: boolean;
  onOpen: (open: boolean) => void;
  counting: Counting;
}

function Line({ item, path, isOwn, open, onOpen, counting }: LineProps): JSX.Element {
  const isOffice = holds("programme_office");
  const opens = item.has_children && !isOwn;
  const choose = (): void => (opens || !isOffice ? amend({ units: told(path) }) : go(address("homes", path)));
  return (
    <tr class={unitHere() === item.unit && !isOwn ? "current" : ""}>
      <th scope="row">
        <span class={`indent level-${Math.min(path.length, 6)}`} />
        {opens ? (
          <button type="button" class="twist" aria-expanded={open} aria-label={`${item.name} ${line(open ? D.collapse : D.expand)}`} onClick={() => onOpen(!open)}>
            {open ? "▾" : "▸"}
          </button>
        ) : (
          <span class="twist" />
        )}
        {isOwn ? (
          <span>
            {item.name} <Both of={D.own} />
          </span>
        ) : (
          <button type="button" class="name" onClick={choose}>
            {item.name}
          </button>
        )}
      </th>
      {COLUMNS.map(({ key }) => (
        <Count key={key} n={item[key]} of={key} item={item} to={isOffice && !isOwn ? rowsOf(key, path, counting) : null} />
      ))}
    </tr>
  );
}

/** One number; a link to its rows where there are some. Shares stand beside what they are a share of. */
function Count({ n, of, item, to }: { n: number; of: keyof Numbers; item: Counted; to: string | null }): JSX.Element {
  const share = of === "linked" || of === "contacted" ? <small>{percent(n, item.homes)}</small> : null;
  return (
    <td class={n ? "n" : "n zero"}>
      {to && n > 0 ? (
        <a href={to} onClick={follow} aria-label={`${item.name} ${COLUMNS.find(({ key }) => key === of)!.of[0]} ${n}`}>
          {n}
        </a>
      ) : (
        n
      )}{" "}
      {share}
    </td>
  );
}
