// What the server says under /console/v1/duty, as types.
import type { Named, Page } from "../../shared/wire";
import type { DueKind, Excuse, HolderKind, LifeEvent, Light, LinkCategory, ObligationState, OwedFor, PlaceKind, Rhythm, Role, UnitKind } from "../../shared/words";

/** Homes by what the office knows of them; contact by what became of it. */
export interface Numbers {
  homes: number;
  linked: number;
  contacted: number;
  owed: number;
  met: number;
  late: number;
  lapsed: number;
  excused: number;
  overdue: number;
  paused: number;
  nobody: number;
}

export interface OfUnit {
  unit: string;
  name: string;
  kind: UnitKind;
  has_children: boolean;
}

export type Counted = OfUnit & Numbers;

export interface Counts {
  from: string;
  until: string;
  items: Counted[];
  total: Numbers;
}

export interface GapNumbers {
  few_links: number;
  nobody: number;
  overdue: number;
}

export interface Gaps {
  items: (OfUnit & GapNumbers)[];
  total: GapNumbers;
}

export interface FewLinks {
  programme: Named;
  category: LinkCategory;
  holder: Named & { kind: HolderKind };
  unit: Named;
  has: number;
  number: number;
}

export interface Home {
  place: string;
  name: string;
  address: string;
  unit: Named;
  owed: number;
  overdue: boolean;
  met_at: string | null;
}

export type Show = "open" | "owed" | "overdue" | "paused" | "nobody" | "upcoming" | "met" | "lapsed" | "excused";

export interface Obligation {
  id: string;
  place: Named;
  unit: Named;
  origin: OwedFor;
  programme: Named | null;
  category: LinkCategory | null;
  holder: Named | null;
  holder_unit: Named | null;
  opens_at: string;
  due_at: string;
  provisional: boolean;
  state: ObligationState;
  light: Light;
  paused_until: string | null;
  met_at: string | null;
  met_visit: string | null;
  excuse: Excuse | null;
}

export interface Rule {
  category: LinkCategory | null;
  event: LifeEvent | null;
  holder: HolderKind | null;
  role: Role | null;
  level: UnitKind | null;
  target: PlaceKind | null;
  number: number | null;
  rhythm: Rhythm | null;
  term: number | null;
  term_kind: DueKind | null;
}

/** All programmes, and the offices for which the viewer may write some. */
export interface Programmes extends Page<Programme> {
  offices: Named[];
}

export interface Programme {
  id: string;
  code: string;
  name: string;
  basis: string;
  office: Named | null;
  valid_from: string | null;
  valid_to: string | null;
  may_edit: boolean;
  rules: Rule[];
}
