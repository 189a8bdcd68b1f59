// Edits from phones that wait for a person, and homes found at the door, as the server tells of them.
import type { Named, Position } from "../../shared/wire";
import type { EditField, EditReason, EditState, PlaceKind, PlaceState, Proposing, Taking } from "../../shared/words";

export type Value = string | Position | null;

export interface Brief extends Named {
  code: string | null;
  address: string | null;
  kind: PlaceKind;
  state: PlaceState;
  unit: Named;
}

export interface Case {
  id: string;
  field: EditField;
  state: "open" | "settled";
  reasons: EditReason[];
  told: number;
  since: string;
  changed_at: string;
  rev: number;
  place: Brief;
}

export interface Told {
  id: string;
  old: Value;
  new: Value;
  by: Named | null;
  said_at: string;
  received_at: string;
  state: EditState;
  reason: EditReason | null;
  note: string;
  since_on: string | null;
  /** Of a position: how good the fix was, and how far from what is registered. */
  evidence: { accuracy_m?: number | null; moved_m?: number | null } | null;
}

interface Decision {
  id: string;
  by: Named;
  at: string;
  reason: string;
  undone_at: string | null;
}

export interface CaseDetail extends Case {
  registered: Value;
  before: Value;
  contact: Named | null;
  edits: Told[];
  decisions: (Decision & { take: Taking; edit: string | null; value: Value })[];
  may_decide: boolean;
  why_not: string | null;
  undo: string | null;
}

export interface Proposal {
  id: string;
  place: Brief;
  found_by: Named | null;
  found_at: string;
  visits: number;
  state: "open" | Proposing;
}

export interface ProposalDetail extends Proposal {
  lon: number | null;
  lat: number | null;
  doubles: { place: Brief; same_name: boolean; apart_m: number | null }[];
  decisions: (Decision & { take: Proposing; into: string | null })[];
  may_decide: boolean;
  why_not: string | null;
  undo: string | null;
}
