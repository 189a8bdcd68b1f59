// The programmes, read once.
import { useEffect, useState } from "preact/hooks";
import { get } from "../../shared/api";
import type { Page } from "../../shared/wire";
import { complain } from "../notice";
import type { Programme } from "./wire";

let read: Promise<Programme[]> | null = null;

export const programmes = (): Promise<Programme[]> => (read ??= get<Page<Programme>>("/duty/programmes").then((page) => page.items));

/** After a programme was written: the next who asks reads again. */
export function forgetProgrammes(): void {
  read = null;
}

export function useProgrammes(): Programme[] {
  const [found, set] = useState<Programme[]>([]);
  useEffect(() => {
    programmes().then(set, complain);
  }, []);
  return found;
}
