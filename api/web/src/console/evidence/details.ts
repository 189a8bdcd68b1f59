// One visit with its evidence, asked for once while it is of use: the next rows are read before they are wanted.
import { get } from "../../shared/api";
import type { Detail } from "../../shared/wire";

const KEPT = 12;
const known = new Map<string, Promise<Detail>>();
const ready = new Map<string, Detail>();

export function detailOf(visit: string): Promise<Detail> {
  const there = known.get(visit);
  if (there) {
    return there;
  }
  const asked = get<Detail>(`/review/visits/${visit}`);
  known.set(visit, asked);
  asked.then(
    (detail) => known.get(visit) === asked && ready.set(visit, detail),
    () => known.delete(visit),
  );
  for (const old of [...known.keys()].slice(0, Math.max(0, known.size - KEPT))) {
    outdated(old);
  }
  return asked;
}

/** The visit if it was read already. */
export const detailNow = (visit: string): Detail | null => ready.get(visit) ?? null;

/** Read it, and its small pictures, before somebody looks. */
export function prefetch(visit: string): void {
  void detailOf(visit).then(
    (detail) => {
      for (const photo of detail.photos) {
        if (photo.picture?.state === "read") {
          new Image().src = photo.small;
        }
      }
    },
    () => undefined, // whoever opens it is told
  );
}

/** It has changed: the next look asks again. */
export function outdated(visit: string): void {
  known.delete(visit);
  ready.delete(visit);
}
