// What a hand-over asks the server for.
import type { Chosen, Wanted } from "./wire";

/** A chosen holder as the server wants it. */
export const who = ({ kind, holder }: Chosen): { cadre: string } | { unit: string } => (kind === "cadre" ? { cadre: holder.id } : { unit: holder.id });

/** `links` null: all that can move. */
export function wanted(giver: Chosen, taker: Chosen, startsOn: string, programme: string | null, links: readonly string[] | null): Wanted {
  return {
    from: who(giver),
    to: who(taker),
    starts_on: startsOn,
    ...(programme && { programme }),
    ...(links && { links: [...links] }),
  };
}
