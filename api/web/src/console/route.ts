// Where the person is: the path names the screen, the query what it shows, so that every view has an address.
import { signal } from "@preact/signals";

export interface Place {
  path: string;
  query: URLSearchParams;
}

const read = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export const here = signal(read());
addEventListener("popstate", () => {
  here.value = read();
});

export function go(address: string): void {
  history.pushState(null, "", address);
  here.value = read();
}

/** Change the query of this screen without a new step of the history. */
export function amend(values: Record<string, string | null>): void {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(values)) {
    if (value) {
      query.set(key, value);
    } else {
      query.delete(key);
    }
  }
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text && `?${text}`));
  here.value = read();
}

/** A link that changes the screen without loading the page again, unless another window is asked for. */
export function follow(event: MouseEvent): void {
  const link = event.currentTarget as HTMLAnchorElement;
  if (!event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    go(link.pathname + link.search);
  }
}
