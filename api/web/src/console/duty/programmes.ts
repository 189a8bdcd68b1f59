// The programmes, read once.
import { useEffect, useState } from "preact/hooks";
import { get } from "../../shared/api";
import { complain } from "../notice";
import type { Programme, Programmes } from "./wire";

let read: Promise<Programmes> | null = null;

export const programmes = (): Promise<Programmes> => (read ??= get<Programmes>("/duty/programmes"));

/** After a programme was written: the next who asks reads again. */
export function forgetProgrammes(): void {
  read = null;
}

export function useProgrammes(): Programme[] {
  const [found, set] = useState<Programme[]>([]);
  useEffect(() => {
    programmes().then(({ items }) => set(items), complain);
  }, []);
  return found;
}
