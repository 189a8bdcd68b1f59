// A list that the server hands out page by page: read when its address changes, further on demand, again after a change.
import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../shared/api";
import type { Page } from "../shared/wire";
import { complain } from "./notice";

export interface Paged<T> {
  /** Null until the first page is there. */
  items: readonly T[] | null;
  hasMore: boolean;
  more: () => void;
  again: () => void;
  /** Put a changed row in the place of the one that `is` finds, or take it out. */
  change: (is: (item: T) => boolean, to: T | null) => void;
}

/** The address of the page after `next`; `key` is what the server calls the place where a page begins. */
export const following = (path: string, next: string, key: string): string => `${path}${path.includes("?") ? "&" : "?"}${key}=${encodeURIComponent(next)}`;

/** The list at `path`; none if it is null. An answer for an address that is no longer asked for is dropped. */
export function usePaged<T>(path: string | null, key = "cursor"): Paged<T> {
  const [read, set] = useState<Page<T> | null>(null);
  const asked = useRef(0);
  const fetch = (from: string | null): void => {
    if (path === null) {
      return;
    }
    asked.current += 1;
    const turn = asked.current;
    get<Page<T>>(from === null ? path : following(path, from, key)).then(
      (page) => turn === asked.current && set((before) => ({ items: from !== null && before ? [...before.items, ...page.items] : page.items, next: page.next })),
      (error) => {
        if (turn === asked.current) {
          set((before) => before ?? { items: [], next: null });
        }
        complain(error);
      },
    );
  };
  useEffect(() => {
    asked.current += 1;
    set(null);
    fetch(null);
  }, [path]);
  return {
    items: read?.items ?? null,
    hasMore: Boolean(read?.next),
    more: () => read?.next && fetch(read.next),
    again: () => fetch(null),
    change: (is, to) => set((before) => before && { ...before, items: before.items.flatMap((item) => (is(item) ? (to === null ? [] : [to]) : [item])) }),
  };
}
