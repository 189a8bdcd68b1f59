// Life events, promises, needy homes, absences and the roster, as the server tells of them.
import type { Named } from "../../shared/wire";
import type { AbsenceReason, LifeEvent, ObligationState, RosterState } from "../../shared/words";

export interface Event {
  id: string;
  event: LifeEvent;
  place: Named | null;
  unit: Named;
  happened_on: string;
  told_at: string;
  times: number;
  state: ObligationState | "gap";
  due_at: string | null;
  overdue: boolean;
  holder: Named | null;
  holder_unit: Named | null;
}

export interface EventCount {
  unit: Named;
  owed: number;
  overdue: number;
  met: number;
  gaps: number;
}

export interface PromiseCount {
  unit: Named;
  open: number;
  overdue: number;
  told_kept: number;
  confirmed: number;
}

export interface Needy {
  id: string;
  place: Named;
  unit: Named;
  list: string;
  source: string;
  since: string | null;
  ends: string | null;
  covered: boolean;
}

export interface Absence {
  id: string;
  person: Named;
  deputy: Named;
  first_on: string;
  last_on: string;
  reason: AbsenceReason;
  told_at: string;
  cancelled_at: string | null;
}

export interface RosterDay {
  on: string;
  unit: Named;
  stay: number;
  on_duty: number;
  leave: number;
  trip: number;
  people: { person: Named; state: RosterState }[] | null;
}
