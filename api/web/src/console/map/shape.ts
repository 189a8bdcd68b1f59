// How a verdict looks: a colour that colour-blind people tell apart, and a shape of its own, so that neither carries
// the meaning alone. Doubtful is drawn last and lies on top.
import type { Verdict } from "../../shared/words";

export const COLOUR: Record<Verdict, string> = {
  verified: "#0a7d5e",
  unverifiable: "#6f7883",
  refused: "#6a3d9a",
  doubtful: "#d1490c",
};
export const ORDER: readonly Verdict[] = ["unverifiable", "verified", "refused", "doubtful"];

/** The outline of a verdict's sign around (x, y), `r` pixels from middle to edge. */
export function outline(path: Pick<Path2D, "moveTo" | "lineTo" | "arc" | "closePath">, verdict: Verdict, x: number, y: number, r: number): void {
  if (verdict === "verified" || verdict === "unverifiable") {
    path.moveTo(x + r, y);
    path.arc(x, y, r, 0, 2 * Math.PI);
    return;
  }
  const corners = verdict === "doubtful" ? DIAMOND : SQUARE;
  corners.forEach(([dx, dy], i) => (i ? path.lineTo(x + dx * r, y + dy * r) : path.moveTo(x + dx * r, y + dy * r)));
  path.closePath();
}

const DIAMOND = [[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]] as const;
const SQUARE = [[-0.95, -0.95], [0.95, -0.95], [0.95, 0.95], [-0.95, 0.95]] as const;

/** Draw the sign: filled, but unverifiable hollow. */
export function sign(context: CanvasRenderingContext2D, verdict: Verdict, x: number, y: number, r: number): void {
  context.beginPath();
  outline(context, verdict, x, y, r);
  if (verdict === "unverifiable") {
    context.fillStyle = "#ffffffcc";
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = COLOUR[verdict];
  } else {
    context.fillStyle = COLOUR[verdict];
    context.fill();
    context.lineWidth = 1.2;
    context.strokeStyle = "#fff";
  }
  context.stroke();
}

export type Counts = Record<Verdict, number>;

export const sum = (counts: Counts): number => ORDER.reduce((total, verdict) => total + counts[verdict], 0);

/** How large the ring of so many visits is, in pixels. */
export const ringRadius = (n: number): number => Math.min(26, 9 + 4 * Math.log10(n) * 1.4);

/** Draw a ring whose parts are the verdicts, with the number in the middle. */
export function ring(context: CanvasRenderingContext2D, counts: Counts, x: number, y: number): void {
  const total = sum(counts);
  const r = ringRadius(total);
  context.beginPath();
  context.arc(x, y, r, 0, 2 * Math.PI);
  context.fillStyle = "#fffffff0";
  context.fill();
  context.lineWidth = 5;
  let from = -Math.PI / 2;
  for (const verdict of ORDER) {
    if (counts[verdict]) {
      const to = from + (counts[verdict] / total) * 2 * Math.PI;
      context.beginPath();
      context.arc(x, y, r - 2.5, from, to);
      context.strokeStyle = COLOUR[verdict];
      context.stroke();
      from = to;
    }
  }
  context.fillStyle = "#23201d";
  context.font = `600 ${total > 9999 ? 10 : 11}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(short(total), x, y + 0.5);
}

/** 950, 1.2k, 15k, 1.1M */
export function short(n: number): string {
  if (n < 1000) {
    return String(n);
  }
  const [size, unit] = n < 1_000_000 ? [n / 1000, "k"] : [n / 1_000_000, "M"];
  return (size < 10 ? size.toFixed(1).replace(".0", "") : String(Math.round(size))) + unit;
}
