// The row on this screen is nobody else's: taken when it is opened, given back when it is left, renewed while somebody
// is at the keyboard, never for a screen that was left alone.
import { signal } from "@preact/signals";
import { post, Problem, remove } from "../../shared/api";
import type { Named } from "../../shared/wire";
import { complain } from "../notice";

const SETTLE_MS = 150; // whoever runs through the rows takes none of them
const RENEW_MS = 120_000;

/** Who holds the row that is looked at, if that is somebody else. */
export const heldBy = signal<Named | null>(null);

let mine: string | null = null;
let timer = 0;
let touched = Date.now();
for (const kind of ["keydown", "pointerdown"]) {
  addEventListener(kind, () => (touched = Date.now()), { passive: true, capture: true });
}

export function take(visit: string): void {
  giveBack();
  mine = visit;
  timer = window.setTimeout(() => void claim(visit).catch(complain), SETTLE_MS);
}

async function claim(visit: string): Promise<void> {
  try {
    await post(`/review/visits/${visit}/lease`);
    if (mine === visit) {
      timer = window.setTimeout(() => renew(visit), RENEW_MS);
    } else {
      await letGo(visit);
    }
  } catch (error) {
    if (error instanceof Problem && error.code === "row-held") {
      if (mine === visit) {
        heldBy.value = (error.facts["held_by"] as Named | undefined) ?? { id: "", name: "?" };
        mine = null;
      }
    } else {
      throw error;
    }
  }
}

function renew(visit: string): void {
  if (mine !== visit) {
    return;
  }
  if (Date.now() - touched < RENEW_MS) {
    void claim(visit).catch(complain);
  } else {
    timer = window.setTimeout(() => renew(visit), RENEW_MS / 10);
  }
}

/** Leave the row; `parting` when the page itself goes. A row that was decided needs no giving back. */
export function giveBack({ parting = false, decided = false } = {}): void {
  clearTimeout(timer);
  heldBy.value = null;
  const visit = mine;
  mine = null;
  if (visit !== null && !decided) {
    void letGo(visit, parting);
  }
}

const letGo = (visit: string, parting = false): Promise<void> =>
  remove(`/review/visits/${visit}/lease`, { parting }).catch(() => undefined); // it ends by itself

addEventListener("pagehide", () => giveBack({ parting: true }));
