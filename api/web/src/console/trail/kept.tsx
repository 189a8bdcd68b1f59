// How long what is kept and why, and what the last nights let go of.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { moment } from "../../shared/times";
import { complain } from "../notice";
import { S } from "../says";
import { T } from "./says";
import type { Retention } from "./wire";

export function Kept(): JSX.Element {
  const [shown, set] = useState<Retention | null>(null);
  useEffect(() => {
    get<Retention>("/retention").then(set, complain);
  }, []);
  if (!shown) {
    return (
      <p class="empty" role="status">
        <Both of={S.loading} />
      </p>
    );
  }
  const labels = new Map(shown.rules.map(({ what, label }) => [what, label]));
  return (
    <div class="sheet">
      <table class="rows">
        <caption class="unseen">{line(T.retention)}</caption>
        <thead>
          <tr>
            {[T.what, T.days, T.then, T.because].map((said) => (
              <th key={said[1]} scope="col">
                <Both of={said} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.rules.map((rule) => (
            <tr key={rule.what}>
              <th scope="row">
                <Both of={rule.label} />
              </th>
              <td class="n">{rule.days}</td>
              <td>
                <Both of={rule.then} />
              </td>
              <td>
                <Both of={rule.why} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>
        <Both of={T.reports} />
      </h2>
      {shown.reports.length === 0 && (
        <p class="quiet">
          <Both of={T.noReports} />
        </p>
      )}
      {shown.reports.map((report) => (
        <section key={report.id} aria-label={moment(report.began_at)}>
          <h3>
            {moment(report.began_at)} – {report.ended_at ? moment(report.ended_at) : line(T.running)}
          </h3>
          <ul class="plain">
            {report.lines.map((one) => (
              <li key={one.what}>
                <Both of={labels.get(one.what) ?? [one.what, one.what]} />: <Both of={T.gone} /> {one.gone} · <Both of={T.stayed} /> {one.stayed} {one.why_stayed && <Both of={one.why_stayed} />}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
