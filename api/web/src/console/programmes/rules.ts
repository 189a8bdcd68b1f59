// Editing the rules of a programme, apart from how it looks: which categories are free, what a new line says, and what is
// sent.
import type { Problem } from "../../shared/api";
import type { Said } from "../../shared/both";
import type { DueKind, HolderKind, LifeEvent, LinkCategory, PlaceKind, Rhythm, Role, UnitKind } from "../../shared/words";
import type { Programme, Rule } from "../duty/wire";
import { G } from "./says";

export interface Draft {
  name: string;
  basis: string;
  valid_from: string | null;
  valid_to: string | null;
  rules: Rule[];
}

export const BLANK: Draft = { name: "", basis: "", valid_from: null, valid_to: null, rules: [] };

export const draftOf = ({ name, basis, valid_from, valid_to, rules }: Programme): Draft => ({ name, basis, valid_from, valid_to, rules: rules.map((rule) => ({ ...rule })) });

const EMPTY: Rule = { category: null, event: null, holder: null, role: null, level: null, target: null, number: null, rhythm: null, term: null, term_kind: null };

/** Of these, what no rule of the draft speaks of yet: a programme has one rule for each. */
export function free<T extends string>(draft: Draft, of: "category" | "event", all: readonly T[]): T[] {
  const taken = new Set<string | null>(draft.rules.map((rule) => rule[of]));
  return all.filter((one) => !taken.has(one));
}

export const withLink = (draft: Draft, category: LinkCategory): Draft => ({
  ...draft,
  rules: [...draft.rules, { ...EMPTY, category, holder: "cadre", role: "cadre", level: "village", target: "household", number: 1 }],
});

export const withEvent = (draft: Draft, event: LifeEvent): Draft => ({ ...draft, rules: [...draft.rules, { ...EMPTY, event, term: 48, term_kind: "hours" }] });

export const without = (draft: Draft, at: number): Draft => ({ ...draft, rules: draft.rules.filter((_, i) => i !== at) });

export interface Change {
  holder?: HolderKind | null;
  role?: Role | null;
  level?: UnitKind | null;
  target?: PlaceKind | null;
  number?: number | null;
  rhythm?: Rhythm | null;
  term?: number | null;
  term_kind?: DueKind | null;
}

/** One rule changed. A unit holds no role; a term and how it counts come and go together. */
export function changed(draft: Draft, at: number, change: Change): Draft {
  const rules = draft.rules.map((rule, i) => {
    if (i !== at) {
      return rule;
    }
    const next = { ...rule, ...change };
    if (change.holder !== undefined) {
      next.role = change.holder === "cadre" ? (rule.role ?? "cadre") : null;
    }
    if (change.term !== undefined) {
      next.term_kind = change.term === null ? null : (rule.term_kind ?? (rule.event ? "hours" : "natural_days"));
    }
    if (change.term_kind === null) {
      next.term = null;
    }
    return next;
  });
  return { ...draft, rules };
}

/** A whole number that was typed, or null. */
export function whole(text: string): number | null {
  const n = Number(text);
  return text.trim() === "" || !Number.isInteger(n) || n < 1 ? null : n;
}

export const isChanged = (draft: Draft, programme: Programme): boolean => JSON.stringify(draft) !== JSON.stringify(draftOf(programme));

/** What is wrong, by the field it was found at (a JSON pointer into what was sent). */
export type Faults = Readonly<Record<string, Said>>;

const SHAPES: Faults = { "/code": G.codeShape, "/valid_to": G.toShape };

/** Where a refusal belongs in the form: nowhere if it names no field. */
export function faultsOf({ code, zh, en, facts }: Pick<Problem, "code" | "zh" | "en" | "facts">): Faults {
  const found = (facts["errors"] as { pointer: string }[] | undefined)?.map(({ pointer }) => pointer) ?? [facts["pointer"]];
  const pointers = found.filter((one): one is string => typeof one === "string");
  return Object.fromEntries(pointers.map((one) => [one, code === "invalid" ? (SHAPES[one] ?? G.wrong) : ([zh, en] as const)]));
}
