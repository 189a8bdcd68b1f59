// The sign of a verdict as a small picture in text, the same as on the map.
import type { JSX } from "preact";
import type { Verdict as Value } from "../../shared/words";
import { Verdict } from "../../shared/words";
import { COLOUR } from "./shape";

export function Mark({ of }: { of: Value }): JSX.Element {
  const fill = of === "unverifiable" ? "#fff" : COLOUR[of];
  return (
    <svg class="mark" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {of === "doubtful" && <path d="M8 1l7 7-7 7-7-7z" fill={fill} />}
      {of === "refused" && <path d="M2.5 2.5h11v11h-11z" fill={fill} />}
      {(of === "verified" || of === "unverifiable") && <circle cx="8" cy="8" r="5.5" fill={fill} stroke={COLOUR[of]} stroke-width="2" />}
    </svg>
  );
}

export function VerdictChip({ of }: { of: Value }): JSX.Element {
  return (
    <span class={`verdict ${of}`}>
      <Mark of={of} /> {Verdict[of].zh} <span lang="en">{Verdict[of].en}</span>
    </span>
  );
}
