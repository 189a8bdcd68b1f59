// Chinese first, English beside it in small.
import type { JSX } from "preact";
import type { Label } from "./wire";

export type Said = readonly [zh: string, en: string];

export function Both({ of }: { of: Said | Label }): JSX.Element {
  const [zh, en] = isLabel(of) ? [of.zh, of.en] : of;
  return (
    <span class="both">
      {zh} <span lang="en">{en}</span>
    </span>
  );
}

/** One line of text in both languages, for labels that cannot hold elements. */
export function line(of: Said | Label): string {
  return isLabel(of) ? `${of.zh} ${of.en}` : of.join(" ");
}

const isLabel = (of: Said | Label): of is Label => "zh" in of;
