// Small parts that several screens share.
import type { ComponentChildren, JSX } from "preact";
import { Both, line, type Said } from "../shared/both";
import type { Label } from "../shared/wire";
import { Light } from "../shared/words";
import type { Paged } from "./paged";
import { follow } from "./route";
import { S } from "./says";

interface ChoiceProps {
  of: Said;
  value: string | null;
  options: readonly (readonly [value: string, label: string])[];
  onChoose: (value: string | null) => void;
  /** What stands for no choice; without it one of the options is always chosen. */
  none?: Said;
}

/** A labelled list to choose one from. */
export function Choice({ of, value, options, onChoose, none }: ChoiceProps): JSX.Element {
  return (
    <label class="choice">
      <Both of={of} />
      <select value={value ?? ""} onChange={(event) => onChoose(event.currentTarget.value || null)}>
        {none && <option value="">{line(none)}</option>}
        {options.map(([key, label]) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The options of a list of words, in both languages. */
export const wordsOf = (words: Record<string, Label>, only?: readonly string[]): (readonly [string, string])[] =>
  (only ?? Object.keys(words)).map((key) => [key, line(words[key]!)] as const);

interface TabsProps {
  label: Said;
  tabs: readonly { address: string; of: Said; current: boolean }[];
}

/** The parts of a screen as links: each has an address. */
export function Tabs({ label, tabs }: TabsProps): JSX.Element {
  return (
    <nav class="tabs" aria-label={line(label)}>
      {tabs.map(({ address, of, current }) => (
        <a key={address} href={address} onClick={follow} aria-current={current ? "page" : undefined}>
          <Both of={of} />
        </a>
      ))}
    </nav>
  );
}

interface ListProps<T> {
  list: Paged<T>;
  /** What to say, and to do, when there is nothing. */
  empty: Said;
  caption: Said;
  heads: readonly Said[];
  row: (item: T) => JSX.Element;
}

/** A table of what a list holds; the next page comes on demand. */
export function Table<T>({ list, empty, caption, heads, row }: ListProps<T>): JSX.Element {
  if (!list.items?.length) {
    return (
      <p class="empty" role="status">
        <Both of={list.items ? empty : S.loading} />
      </p>
    );
  }
  return (
    <>
      <table class="rows">
        <caption class="unseen">{line(caption)}</caption>
        <thead>
          <tr>
            {heads.map((of) => (
              <th key={of[1]} scope="col">
                <Both of={of} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{list.items.map(row)}</tbody>
      </table>
      <p class="row more">
        {list.hasMore ? (
          <button type="button" onClick={list.more}>
            <Both of={S.readMore} />
          </button>
        ) : (
          <span class="quiet">
            <Both of={S.allOfThem} />
          </span>
        )}
      </p>
    </>
  );
}

const SHAPE: Record<Light, string> = { green: "M8 2a6 6 0 1 0 .01 0z", yellow: "M8 2l6.5 12h-13z", red: "M8 .5L15.5 8 8 15.5.5 8z", grey: "M2.5 2.5h11v11h-11z" };

/** The light of a deadline: a colour and a shape of its own, with its word. */
export function LightSign({ of, children }: { of: Light; children?: ComponentChildren }): JSX.Element {
  return (
    <span class={`light ${of}`}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <path d={SHAPE[of]} />
      </svg>{" "}
      {children ?? <Both of={Light[of]} />}
    </span>
  );
}
