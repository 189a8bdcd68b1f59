// /console/programmes: what each programme asks for; its office in charge writes it.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Both, line } from "../../shared/both";
import { forgetProgrammes, programmes } from "../duty/programmes";
import type { Programme, Programmes } from "../duty/wire";
import { complain } from "../notice";
import { amend, here } from "../route";
import { S } from "../says";
import { New, One } from "./one";
import { G } from "./says";

/** What the address says of the one that is being created. */
const NEW = "new";

export function ProgrammesScreen(): JSX.Element {
  const [known, set] = useState<Programmes | null>(null);
  const chosen = here.value.query.get("programme");
  useEffect(() => {
    document.title = `${line(S.programmes)} · 进门 doorstep`;
    programmes().then(set, complain);
  }, []);
  const isNew = chosen === NEW && Boolean(known?.offices.length);
  const programme = isNew ? undefined : (known?.items.find(({ id }) => id === chosen) ?? known?.items[0]);
  const saved = (now: Programme): void => {
    forgetProgrammes();
    set((before) => before && { ...before, items: [...before.items.filter(({ id }) => id !== now.id), now].sort((a, b) => (a.code < b.code ? -1 : 1)) });
  };
  const created = (now: Programme): void => {
    saved(now);
    if (here.value.query.get("programme") === NEW) {
      amend({ programme: now.id }); // unless something else is looked at meanwhile
    }
  };
  return (
    <div class="work">
      <header class="head">
        <h1>
          <Both of={S.programmes} />
        </h1>
        <p class="quiet">
          <Both of={G.hint} />
        </p>
      </header>
      <div class="sides narrow">
        <nav class="side" aria-label={line(G.list)}>
          {known !== null && known.offices.length > 0 && (
            <p class="row more">
              <button type="button" aria-pressed={isNew} onClick={() => amend({ programme: NEW })}>
                <Both of={G.create} />
              </button>
            </p>
          )}
          {known?.items.length === 0 && (
            <p class="empty">
              <Both of={G.none} />
            </p>
          )}
          <ol>
            {known?.items.map((one) => (
              <li key={one.id}>
                <button type="button" aria-current={one.id === programme?.id ? "true" : undefined} onClick={() => amend({ programme: one.id })}>
                  <b>{one.name}</b>
                  <small>
                    {one.code} · {one.office?.name ?? line(G.noOffice)}
                  </small>
                </button>
              </li>
            ))}
          </ol>
        </nav>
        <article class="sheet" aria-label={programme?.name ?? line(isNew ? G.create : S.programmes)}>
          {isNew ? (
            <New offices={known!.offices} onSaved={created} />
          ) : programme ? (
            <One key={programme.id} programme={programme} onSaved={saved} />
          ) : (
            <p class="empty">
              <Both of={known ? G.pick : S.loading} />
            </p>
          )}
        </article>
      </div>
    </div>
  );
}
