// What survives a reload of this window, and nothing else: half-written texts and decisions that are not sent yet.
// Kept by person, so that whoever logs in next on this computer does not find another's words.
import { me } from "./api";

const name = (key: string): string => `doorstep:${me.value?.id ?? ""}:${key}`;

export function keep(key: string, value: unknown): void {
  sessionStorage.setItem(name(key), JSON.stringify(value));
}

export function forget(key: string): void {
  sessionStorage.removeItem(name(key));
}

export function kept<T>(key: string): T | null {
  const found = sessionStorage.getItem(name(key));
  return found === null ? null : (JSON.parse(found) as T);
}
