// What the server says and hears under /console/v1, as types.
import type { AreaSource, Attestation, Cause, Datum, Deciding, FindingState, Mode, Outcome, Recorded, Role, Statement, UnitKind, Verdict } from "./words";

export interface Label {
  zh: string;
  en: string;
}

export interface Named {
  id: string;
  name: string;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Me extends Named {
  roles: { role: Role; unit_id: string }[];
  csrf: string;
}

export interface Unit extends Named {
  kind: UnitKind;
  parent_id: string | null;
  has_children: boolean;
}

export type GroupAction = "confirm" | "ask" | "correct_address" | "correct_datum" | "declare_sharing";

export interface Group {
  cause: Cause;
  key: string;
  count: number;
  oldest_at: string;
  title: Label;
  detail: Label;
  unit: Named | null;
  actions: GroupAction[];
}

export interface Row {
  finding: string;
  visit: string;
  cause: Cause;
  key: string;
  state: FindingState;
  drawn: boolean;
  reasons: string[];
  unit: Named;
  place: Named;
  cadre: Named;
  started_at: string;
  received_at: string;
  opened_at: string;
  verdict: Verdict;
  explanation: Label;
  held_by: Named | null;
}

export interface Rows extends Page<Row> {
  total: number;
  total_capped?: boolean;
}

export interface Fix {
  lon: number;
  lat: number;
  told_lon: number;
  told_lat: number;
  datum: string;
  read_as: string;
  accuracy_m: number | null;
  at: string;
  provider: string;
  mock: boolean;
  usable: boolean;
  inside: boolean;
  far: boolean;
}

export interface Similar {
  visit: string;
  photo: string;
  exact: boolean;
  bits: number;
  small: string;
  large: string;
  place: Named;
  cadre: Named;
  started_at: string;
}

export interface Picture {
  state: "read" | "damaged";
  fault: string | null;
  width: number | null;
  height: number | null;
  taken_at: string | null;
  lon: number | null;
  lat: number | null;
}

export interface Photo {
  id: string;
  sha256: string;
  state: "awaited" | "present";
  picture: Picture | null;
  small: string;
  large: string;
  similar: Similar[];
}

export interface PlaceShown extends Named {
  address: string | null;
  kind: string;
  lon: number | null;
  lat: number | null;
  radius_m: number | null;
  position_datum?: string | null;
  method?: string | null;
}

export interface Detail {
  visit: string;
  finding: string | null;
  cause: Cause | null;
  key: string | null;
  state: FindingState | null;
  unit: Named;
  cadre: Named;
  place: PlaceShown;
  outcome: Outcome;
  mode: Mode;
  recorded: Recorded;
  started_at: string;
  ended_at: string | null;
  received_at: string;
  clock: { method: string; uncertainty_s: number | null };
  verdict: Verdict;
  explanation: Label;
  reasons: { code: string; label: Label; weight: number; facts: Record<string, unknown> }[];
  numbers: Record<string, unknown>;
  fixes: Fix[];
  photos: Photo[];
  neighbours: { visit: string; place: { name: string; lon: number | null; lat: number | null }; started_at: string; ended_at: string | null; reason: string }[];
  history: { n: number; at: string; verdict: Verdict; reasons: string[]; policy_version: string }[];
  decisions: { id: string; deciding: Deciding; verdict: Verdict | null; reason: string; by: Named; at: string; undone_at: string | null }[];
  questions: { id: string; text: string; by: Named; at: string; answered_at: string | null }[];
  said: { id: string; kind: Statement; codes: Attestation[]; text: string; at: string }[];
  same: { visit: string; kind: string; method: string; by: string | null; undone: boolean }[];
  may: Record<"confirm" | "ask" | "refuse" | "correct_address" | "correct_datum" | "declare_sharing" | "same_visit" | "other_visit" | "undo", boolean>;
  /** The decision, or the group's, that undo would take back. */
  undoes: string | null;
  refuse_from: string | null;
}

export interface Position {
  lon: number;
  lat: number;
}

/** What one decision says: about one visit, about chosen ones, or about all of a group. */
export interface Decided {
  deciding: Deciding;
  reason?: string;
  position?: Position;
  question?: string;
  datum?: string;
}

/** Whom a decision for several concerns. */
export type Target = { cause: string; key: string } | { visits: string[] };

export interface Preview {
  count: number;
  left_out: { visit: string; code: string }[];
  more: boolean;
  after: Record<Verdict, number>;
  sample: Row[];
  position: Position | null;
  shift_m: { east: number; north: number } | null;
  /** Who uses the phone, where its sharing would be declared. */
  users: Named[];
}

export interface MapSettings {
  tile_url: string;
  tile_credit: string;
  bounds: [west: number, south: number, east: number, north: number] | null;
  zoom_max: number;
  programmes: Named[];
}

export interface Day {
  on: string;
  verified: number;
  doubtful: number;
  unverifiable: number;
  refused: number;
  n: number;
}

export interface Days {
  step: "day" | "month";
  items: Day[];
}

export interface Covered {
  unit: string;
  name: string;
  kind: UnitKind;
  has_children: boolean;
  places: number;
  met: number;
  tried: number;
  never: number;
}

export interface Coverage {
  from: string | null;
  until: string;
  items: Covered[];
}

/** One visit among those of a small area, nobody named: where it was read to be, where the phone said, where the place is. */
export interface Spot {
  visit: string;
  verdict: Verdict;
  started_at: string;
  outcome: Outcome;
  mode: Mode;
  place_lon: number | null;
  place_lat: number | null;
  radius_m: number | null;
  distance_m: number | null;
  accuracy_m: number | null;
  /** The datum that the phone named and the one in which its fix was read; null without a judgement. */
  declared: Datum | null;
  read_as: Datum | null;
  reasons: string[];
  told_lon: number | null;
  told_lat: number | null;
}

export interface Outline {
  unit: string;
  name: string;
  kind: UnitKind;
  parent: string | null;
  source: AreaSource;
}
