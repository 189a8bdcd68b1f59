// The trail of reads, unusual reading and retention, as the server tells of them.
import type { Label, Named } from "../../shared/wire";
import type { Unusual } from "../../shared/words";

export interface Read {
  id: number;
  at: string;
  person: Named;
  unit: Named | null;
  place: string | null;
  fields: string;
  duty: string;
  reason: string | null;
  request: string;
}

export interface Outlier {
  week: string;
  person: Named;
  opened: number;
  places: number;
  without_duty: number;
  at_night: number;
  usual: number;
  why: Unusual[];
}

export interface Retention {
  rules: { what: string; label: Label; days: number; then: Label; why: Label }[];
  reports: {
    id: string;
    began_at: string;
    ended_at: string | null;
    lines: { what: string; before: string; gone: number; stayed: number; why_stayed: Label | null }[];
  }[];
}
