// Hand-overs as the server tells of them.
import type { Named } from "../../shared/wire";
import type { HolderKind, LinkCategory } from "../../shared/words";

export interface Holder extends Named {
  staff_no: string | null;
  unit: string | null;
  links: number;
}

/** Somebody chosen: a cadre or a unit. */
export interface Chosen {
  kind: HolderKind;
  holder: Holder;
}

export interface Moving {
  link: string;
  place: Named;
  programme: Named;
  category: LinkCategory;
  since: string | null;
  ends: string | null;
}

export interface LeftOut {
  link: string;
  code: "not-held" | "ended" | "already-linked";
}

export interface Warned {
  code: string;
  places: number;
  limit: number;
}

export interface Preview {
  count: number;
  moving: Moving[];
  left_out: LeftOut[];
  giver: string | null;
  taker: string | null;
  places_before: number;
  places_after: number;
  open_tasks: number;
  warnings: Warned[];
}

export interface Done {
  id: string;
  starts_on: string;
  moved: { link: string; place: string; goes_on_as: string }[];
  left_out: LeftOut[];
  warnings: Warned[];
}

export interface Wanted {
  from: { cadre: string } | { unit: string };
  to: { cadre: string } | { unit: string };
  starts_on: string;
  links?: string[];
  programme?: string;
}
