// The fields of a programme: name, basis, days, a line for each category and for each life event.
import type { JSX } from "preact";
import { Both, line, type Said } from "../../shared/both";
import type { Label } from "../../shared/wire";
import { DueKind, HolderKind, LifeEvent, LinkCategory, PlaceKind, Rhythm, Role, UnitKind } from "../../shared/words";
import { wordsOf } from "../parts";
import { changed, type Change, type Draft, free, whole, withEvent, withLink, without } from "./rules";
import { G } from "./says";
import type { Rule } from "../duty/wire";

interface Props {
  draft: Draft;
  onWrite: (draft: Draft) => void;
  mayEdit: boolean;
}

export function Editor({ draft, onWrite, mayEdit }: Props): JSX.Element {
  return (
    <>
      <div class="pair">
        <Text of={G.name} value={draft.name} max={200} onWrite={(name) => onWrite({ ...draft, name })} />
        <Text of={G.basis} value={draft.basis} max={500} onWrite={(basis) => onWrite({ ...draft, basis })} />
      </div>
      <div class="row">
        <Day of={G.from} value={draft.valid_from} onWrite={(valid_from) => onWrite({ ...draft, valid_from })} />
        <Day of={G.to} value={draft.valid_to} onWrite={(valid_to) => onWrite({ ...draft, valid_to })} />
      </div>
      <Rules of="category" {...{ draft, onWrite, mayEdit }} />
      <Rules of="event" {...{ draft, onWrite, mayEdit }} />
    </>
  );
}

const SUBJECTS = {
  category: { title: G.links, heads: [G.category, G.holder, G.role, G.level, G.target, G.number, G.rhythm, G.term, G.termKind], words: LinkCategory, add: G.addLink },
  event: { title: G.events, heads: [G.event, G.term, G.termKind], words: LifeEvent, add: G.addEvent },
} as const;

/** The lines about categories, or about life events. */
function Rules({ of, draft, onWrite, mayEdit }: Props & { of: "category" | "event" }): JSX.Element {
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
                  rule={rule}
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
}

function Line({ rule, name, onChange, onDrop }: LineProps): JSX.Element {
  return (
    <tr>
      <th scope="row">{name}</th>
      {rule.category !== null && (
        <>
          <Word of={G.holder} {...{ name }} value={rule.holder} words={HolderKind} onChange={(holder) => onChange({ holder: holder as HolderKind | null })} />
          <Word of={G.role} {...{ name }} value={rule.role} words={Role} off={rule.holder !== "cadre"} onChange={(role) => onChange({ role: role as Role | null })} />
          <Word of={G.level} {...{ name }} value={rule.level} words={UnitKind} onChange={(level) => onChange({ level: level as UnitKind | null })} />
          <Word of={G.target} {...{ name }} value={rule.target} words={PlaceKind} onChange={(target) => onChange({ target: target as PlaceKind | null })} />
          <Count of={G.number} {...{ name }} value={rule.number} onChange={(number) => onChange({ number })} />
          <Word of={G.rhythm} {...{ name }} value={rule.rhythm} words={Rhythm} none={G.byPolicy} onChange={(rhythm) => onChange({ rhythm: rhythm as Rhythm | null })} />
        </>
      )}
      <Count of={G.term} {...{ name }} value={rule.term} onChange={(term) => onChange({ term })} />
      <Word of={G.termKind} {...{ name }} value={rule.term_kind} words={DueKind} off={rule.term === null} onChange={(kind) => onChange({ term_kind: kind as DueKind | null })} />
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

interface WordProps {
  of: Said;
  name: string;
  value: string | null;
  words: Record<string, Label>;
  onChange: (value: string | null) => void;
  none?: Said;
  off?: boolean;
}

function Word({ of, name, value, words, onChange, none = G.notSaid, off = false }: WordProps): JSX.Element {
  return (
    <td>
      <select aria-label={`${name} ${line(of)}`} value={value ?? ""} disabled={off} onChange={(event) => onChange(event.currentTarget.value || null)}>
        <option value="">{none[0]}</option>
        {Object.entries(words).map(([key, label]) => (
          <option key={key} value={key}>
            {label.zh}
          </option>
        ))}
      </select>
    </td>
  );
}

function Count({ of, name, value, onChange }: { of: Said; name: string; value: number | null; onChange: (value: number | null) => void }): JSX.Element {
  return (
    <td>
      <input type="number" min={1} max={1000} step={1} aria-label={`${name} ${line(of)}`} value={value ?? ""} onInput={(event) => onChange(whole(event.currentTarget.value))} />
    </td>
  );
}

function Text({ of, value, max, onWrite }: { of: Said; value: string; max: number; onWrite: (value: string) => void }): JSX.Element {
  return (
    <label class="field">
      <Both of={of} />
      <input type="text" required={of === G.name} maxLength={max} value={value} onInput={(event) => onWrite(event.currentTarget.value)} />
    </label>
  );
}

function Day({ of, value, onWrite }: { of: Said; value: string | null; onWrite: (value: string | null) => void }): JSX.Element {
  return (
    <label class="choice">
      <Both of={of} />
      <input type="date" value={value ?? ""} onChange={(event) => onWrite(event.currentTarget.value || null)} />
    </label>
  );
}
