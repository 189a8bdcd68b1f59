// A list on the left, what is chosen from it on the right; the address names it.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get } from "../../shared/api";
import { Both, line, type Said } from "../../shared/both";
import { complain } from "../notice";
import type { Paged } from "../paged";
import { Choice } from "../parts";
import { amend, here } from "../route";
import { S } from "../says";
import { UnitPath } from "../unitpath";
import { E } from "./says";

export const stateHere = (): "open" | "settled" => (here.value.query.get("state") === "settled" ? "settled" : "open");

/** The tools of both lists: unit, open or settled, and what else a list has. */
export function SideTools({ children }: { children?: ComponentChildren }): JSX.Element {
  return (
    <form class="tools" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
      <UnitPath />
      <Choice
        of={E.state}
        value={stateHere()}
        options={[
          ["open", line(E.open)],
          ["settled", line(E.settled)],
        ]}
        onChoose={(state) => amend({ state, chosen: null })}
      />
      {children}
    </form>
  );
}

interface SidesProps<T> {
  list: Paged<T>;
  label: Said;
  empty: Said;
  entry: (item: T) => JSX.Element;
  children: ComponentChildren;
}

export function Sides<T extends { id: string }>({ list, label, empty, entry, children }: SidesProps<T>): JSX.Element {
  const chosen = here.value.query.get("chosen");
  const first = list.items?.[0]?.id;
  useEffect(() => {
    if (!chosen && first) {
      amend({ chosen: first });
    }
  }, [chosen, first]);
  return (
    <div class="sides">
      <nav class="side" aria-label={line(label)}>
        {!list.items?.length && (
          <p class="empty" role="status">
            <Both of={list.items ? empty : S.loading} />
          </p>
        )}
        <ol>
          {list.items?.map((item) => (
            <li key={item.id}>
              <button type="button" aria-current={item.id === chosen ? "true" : undefined} onClick={() => amend({ chosen: item.id })}>
                {entry(item)}
              </button>
            </li>
          ))}
        </ol>
        {list.hasMore && (
          <p class="row more">
            <button type="button" onClick={list.more}>
              <Both of={S.readMore} />
            </button>
          </p>
        )}
      </nav>
      <article class="sheet" aria-label={line(E.decided)}>
        {chosen ? (
          children
        ) : (
          <p class="empty">
            <Both of={list.items?.length ? E.pick : empty} />
          </p>
        )}
      </article>
    </div>
  );
}

/** One thing in full, read when it is chosen; `set` shows what an answer said instead. */
export function useOne<T>(path: string | null): readonly [T | null, (now: T) => void, () => void] {
  const [one, set] = useState<T | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let stale = false;
    set(null);
    if (path) {
      get<T>(path).then((found) => stale || set(found), complain);
    }
    return () => {
      stale = true;
    };
  }, [path, turn]);
  return [one, set, () => setTurn((n) => n + 1)];
}
