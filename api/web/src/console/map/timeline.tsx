// How many visits there were on each day, with two handles for the days that the map shows.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get, query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { date, daysBefore } from "../../shared/times";
import type { Days } from "../../shared/wire";
import { complain } from "../notice";
import { S } from "../says";
import { COLOUR, ORDER } from "./shape";
import { filter, filters, WINDOW_DAYS } from "./state";

const DAY_MS = 86_400_000;
const HEIGHT = 44;

const index = (day: string, start: string): number => Math.round((Date.parse(day) - Date.parse(start)) / DAY_MS);
const dayAt = (i: number, start: string): string => date(new Date(Date.parse(start) + i * DAY_MS));

export function Timeline(): JSX.Element {
  const { from, until, unit } = filters.value;
  const today = date(new Date());
  const start = from < daysBefore(WINDOW_DAYS - 1) ? from : daysBefore(WINDOW_DAYS - 1);
  const end = until > today ? until : today;
  const last = index(end, start);
  const [days, set] = useState<Days | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    get<Days>(`/map/days${query({ from: start, until: end, unit })}`, { signal: abort.signal }).then(set, complain);
    return () => abort.abort();
  }, [start, end, unit]);
  return (
    <section class="timeline" aria-label={line(S.timeline)}>
      <p>
        <Both of={days?.step === "month" ? S.timelineMonth : S.timeline} /> <b>{from}</b> – <b>{until}</b>
      </p>
      <div class="track">
        {days && <Bars days={days} start={start} last={last} from={index(from, start)} until={index(until, start)} />}
        <Handle label={line(S.from)} value={index(from, start)} last={last} start={start} onMove={(i) => filter({ from: dayAt(Math.min(i, index(until, start)), start) })} />
        <Handle label={line(S.until)} value={index(until, start)} last={last} start={start} onMove={(i) => filter({ until: dayAt(Math.max(i, index(from, start)), start) })} />
      </div>
    </section>
  );
}

interface HandleProps {
  label: string;
  value: number;
  last: number;
  start: string;
  onMove: (i: number) => void;
}

function Handle({ label, value, last, start, onMove }: HandleProps): JSX.Element {
  return <input type="range" min={0} max={last} value={value} aria-label={label} aria-valuetext={dayAt(value, start)} onChange={(event) => onMove(event.currentTarget.valueAsNumber)} />;
}

interface BarsProps {
  days: Days;
  start: string;
  last: number;
  from: number;
  until: number;
}

function Bars({ days, start, last, from, until }: BarsProps): JSX.Element {
  const most = Math.max(1, ...days.items.map((day) => day.n));
  const width = days.step === "month" ? 28 : 0.8;
  return (
    <svg viewBox={`-0.5 0 ${last + 1} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${line(S.timeline)}: ${days.items.reduce((n, day) => n + day.n, 0)}`}>
      <rect class="span" x={from - 0.5} y="0" width={until - from + 1} height={HEIGHT} />
      {days.items.map((day) => {
        let y = HEIGHT;
        return ORDER.map((verdict) => {
          const height = (day[verdict] / most) * (HEIGHT - 2);
          y -= height;
          return height > 0 && <rect key={day.on + verdict} x={index(day.on, start) - 0.4} y={y} width={width} height={height} fill={COLOUR[verdict]} />;
        });
      })}
    </svg>
  );
}
