// One line at the foot of the screen that says what just happened; screen readers hear it.
import { signal } from "@preact/signals";
import { Problem } from "../shared/api";
import type { Said } from "../shared/both";

export interface Notice {
  text: Said;
  bad: boolean;
  n: number;
}

export const notice = signal<Notice | null>(null);
let n = 0;

export function tell(text: Said, bad = false): void {
  n += 1;
  notice.value = { text, bad, n };
}

/** Say why something was refused. What is no refusal is a fault of ours and goes on to the browser's log. */
export function complain(error: unknown): void {
  if (error instanceof Problem) {
    tell([error.zh, error.en], true);
  } else if (!(error instanceof DOMException && error.name === "AbortError")) {
    throw error;
  }
}
