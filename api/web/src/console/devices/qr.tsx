// A QR code as one path: sharp at any size, and nothing that a policy of own scripts and styles would refuse.
import { correction, generate } from "lean-qr";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

const QUIET = 4; // modules of white around it, as readers want them

/** The dark modules of `text`, a run of each row as one part of the path; and how many modules a side has. */
export function drawn(text: string): { path: string; size: number } {
  const code = generate(text, { minCorrectionLevel: correction.M });
  const parts: string[] = [];
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      let run = 0;
      while (code.get(x + run, y)) {
        run += 1;
      }
      if (run) {
        parts.push(`M${x} ${y}h${run}v1h-${run}z`);
        x += run;
      }
    }
  }
  return { path: parts.join(""), size: code.size };
}

export function QrCode({ text, label }: { text: string; label: string }): JSX.Element {
  const { path, size } = useMemo(() => drawn(text), [text]);
  const side = size + 2 * QUIET;
  return (
    <svg viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect x={-QUIET} y={-QUIET} width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
