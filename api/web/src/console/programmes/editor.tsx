// The fields of a programme: name, basis, days, a line for each category and for each life event.
import type { JSX } from "preact";
import { Both, line, type Said } from "../../shared/both";
import type { Label } from "../../shared/wire";
import { DueKind, HolderKind, LifeEvent, LinkCategory, PlaceKind, Rhythm, Role, UnitKind } from "../../shared/words";
import { wordsOf } from "../parts";
import { Day, Fault, marks, Text } from "./fields";
import { changed, type Change, type Draft, type Faults, free, whole, withEvent, withLink, without } from "./rules";
import { G } from "./says";
import type { Rule } from "../duty/wire";

interface Props {
  draft: Draft;
  onWrite: (draft: Draft) => void;
  mayEdit: boolean;
  faults: Faults;
}

export function Editor({ draft, onWrite, mayEdit, faults }: Props): JSX.Element {
  return (
    <>
      <div class="pair">
        <Text of={G.name} {...{ faults }} at="/name" value={draft.name} max={200} required onWrite={(name) => onWrite({ ...draft, name })} />
        <Text of={G.basis} {...{ faults }} at="/basis" value={draft.basis} max={500} onWrite={(basis) => onWrite({ ...draft, basis })} />
      </div>
      <div class="row">
        <Day of={G.from} {...{ faults }} at="/valid_from" value={draft.valid_from} onWrite={(valid_from) => onWrite({ ...draft, valid_from })} />
        <Day of={G.to} {...{ faults }} at="/valid_to" value={draft.valid_to} onWrite={(valid_to) => onWrite({ ...draft, valid_to })} />
      </div>
      <Rules of="category" {...{ draft, onWrite, mayEdit, faults }} />
      <Rules of="event" {...{ draft, onWrite, mayEdit, faults }} />
    </>
  );
}

const SUBJECTS = {
  category: { title: G.links, heads: [G.category, G.holder, G.role, G.level, G.target, G.number, G.rhythm, G.term, G.termKind], words: LinkCategory, add: G.addLink },
  event: { title: G.events, heads: [G.event, G.term, G.termKind], words: LifeEvent, add: G.addEvent },
} as const;

/** The lines about categories, or about life events. */
function Rules({ of, draft, onWrite, mayEdit, faults }: Props & { of: "category" | "event" }): JSX.Element {
  const { title, heads, words, add } = SUBJECTS[of];
  const rest = free(draft, of, Object.keys(words));
  const append = (key: string): Draft => (of === "category" ? withLink(draft, key as LinkCategory) : withEvent(draft, key as LifeEvent));
  return (
    <section aria-label={line(title)}>
      <h3>
        <Both of={title} />
      </h3>
      {draft.rules.some((rule) => rule[of] !== null) ? (
        <table class="rows rules">
          <caption class="unseen">{line(title)}</caption>
          <thead>
            <tr>
              {heads.map((said) => (
                <th key={said[1]} scope="col">
                  <Both of={said} />
                </th>
              ))}
              {mayEdit && <td />}
            </tr>
          </thead>
          <tbody>
            {draft.rules.map((rule, i) =>
              rule[of] === null ? null : (
                <Line
                  key={rule[of]}
                  {...{ rule, faults }}
                  at={`/rules/${i}`}
                  name={line((words as Record<string, Label>)[rule[of]!]!)}
                  onChange={(change) => onWrite(changed(draft, i, change))}
                  onDrop={mayEdit ? () => onWrite(without(draft, i)) : null}
                />
              ),
            )}
          </tbody>
        </table>
      ) : (
        <p class="quiet">
          <Both of={G.noRules} />
        </p>
      )}
      {mayEdit && rest.length > 0 && (
        <p class="row more">
          <label class="choice">
            <Both of={add} />
            <select value="" onChange={(event) => event.currentTarget.value && onWrite(append(event.currentTarget.value))}>
              <option value="">…</option>
              {wordsOf(words, rest).map(([key, label]) => (
                <option key={key} value={key}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        </p>
      )}
    </section>
  );
}

interface LineProps {
  rule: Rule;
  name: string;
  onChange: (change: Change) => void;
  onDrop: (() => void) | null;
  at: string;
  faults: Faults;
}

function Line({ rule, name, onChange, onDrop, at, faults }: LineProps): JSX.Element {
  const cell = (field: keyof Rule): Cell => ({ name, faults, at: `${at}/${field}` });
  return (
    <tr>
      <th scope="row">
        {name}
        <Fault {...{ faults, at }} />
      </th>
      {rule.category !== null && (
        <>
          <Word of={G.holder} {...cell("holder")} value={rule.holder} words={HolderKind} onChange={(holder) => onChange({ holder: holder as HolderKind | null })} />
          <Word of={G.role} {...cell("role")} value={rule.role} words={Role} off={rule.holder !== "cadre"} onChange={(role) => onChange({ role: role as Role | null })} />
          <Word of={G.level} {...cell("level")} value={rule.level} words={UnitKind} onChange={(level) => onChange({ level: level as UnitKind | null })} />
          <Word of={G.target} {...cell("target")} value={rule.target} words={PlaceKind} onChange={(target) => onChange({ target: target as PlaceKind | null })} />
          <Count of={G.number} {...cell("number")} value={rule.number} onChange={(number) => onChange({ number })} />
          <Word of={G.rhythm} {...cell("rhythm")} value={rule.rhythm} words={Rhythm} none={G.byPolicy} onChange={(rhythm) => onChange({ rhythm: rhythm as Rhythm | null })} />
        </>
      )}
      <Count of={G.term} {...cell("term")} value={rule.term} onChange={(term) => onChange({ term })} />
      <Word of={G.termKind} {...cell("term_kind")} value={rule.term_kind} words={DueKind} off={rule.term === null} onChange={(kind) => onChange({ term_kind: kind as DueKind | null })} />
      {onDrop && (
        <td class="acts">
          <button type="button" aria-label={`${line(G.drop)} ${name}`} onClick={onDrop}>
            <Both of={G.drop} />
          </button>
        </td>
      )}
    </tr>
  );
}

/** Where a cell stands: the line's name, the field, what is wrong with it. */
interface Cell {
  name: string;
  faults: Faults;
  at: string;
}

interface WordProps extends Cell {
  of: Said;
  value: string | null;
  words: Record<string, Label>;
  onChange: (value: string | null) => void;
  none?: Said;
  off?: boolean;
}

function Word({ of, name, faults, at, value, words, onChange, none = G.notSaid, off = false }: WordProps): JSX.Element {
  return (
    <td>
      <select aria-label={`${name} ${line(of)}`} {...marks(faults, at)} value={value ?? ""} disabled={off} onChange={(event) => onChange(event.currentTarget.value || null)}>
        <option value="">{none[0]}</option>
        {Object.entries(words).map(([key, label]) => (
          <option key={key} value={key}>
            {label.zh}
          </option>
        ))}
      </select>
      <Fault {...{ faults, at }} />
    </td>
  );
}

interface CountProps extends Cell {
  of: Said;
  value: number | null;
  onChange: (value: number | null) => void;
}

function Count({ of, name, faults, at, value, onChange }: CountProps): JSX.Element {
  return (
    <td>
      <input type="number" min={1} max={1000} step={1} aria-label={`${name} ${line(of)}`} {...marks(faults, at)} value={value ?? ""} onInput={(event) => onChange(whole(event.currentTarget.value))} />
      <Fault {...{ faults, at }} />
    </td>
  );
}
