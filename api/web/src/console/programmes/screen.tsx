// /console/programmes: what each programme asks for; its office in charge writes it.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { put } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { forgetProgrammes, programmes } from "../duty/programmes";
import type { Programme } from "../duty/wire";
import { complain, tell } from "../notice";
import { amend, here } from "../route";
import { S } from "../says";
import { Editor } from "./editor";
import { type Draft, draftOf, isChanged } from "./rules";
import { G } from "./says";

export function ProgrammesScreen(): JSX.Element {
  const [all, set] = useState<Programme[] | null>(null);
  const chosen = here.value.query.get("programme");
  useEffect(() => {
    document.title = `${line(S.programmes)} · 进门 doorstep`;
    programmes().then(set, complain);
  }, []);
  const programme = all?.find(({ id }) => id === chosen) ?? all?.[0];
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
          {all?.length === 0 && (
            <p class="empty">
              <Both of={G.none} />
            </p>
          )}
          <ol>
            {all?.map((one) => (
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
        <article class="sheet" aria-label={programme?.name ?? line(S.programmes)}>
          {programme ? (
            <One
              key={programme.id}
              programme={programme}
              onSaved={(now) => {
                forgetProgrammes();
                set(all!.map((one) => (one.id === now.id ? now : one)));
              }}
            />
          ) : (
            <p class="empty">
              <Both of={all ? G.pick : S.loading} />
            </p>
          )}
        </article>
      </div>
    </div>
  );
}

function One({ programme, onSaved }: { programme: Programme; onSaved: (now: Programme) => void }): JSX.Element {
  const [draft, write] = useState<Draft>(() => draftOf(programme));
  const [busy, setBusy] = useState(false);
  const dirty = isChanged(draft, programme);
  useEffect(() => {
    if (!dirty) {
      return undefined;
    }
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [dirty]);
  const save = (event: Event): void => {
    event.preventDefault();
    setBusy(true);
    put<Programme>(`/duty/programmes/${programme.id}`, draft)
      .then((now) => {
        write(draftOf(now));
        onSaved(now);
        tell(G.saved);
      }, complain)
      .finally(() => setBusy(false));
  };
  return (
    <form class="form" onSubmit={save} aria-label={programme.name}>
      <h2>
        {programme.name}{" "}
        <small>
          {programme.code} · <Both of={G.office} /> {programme.office?.name ?? G.noOffice[0]}
        </small>
      </h2>
      {!programme.may_edit && (
        <p class="quiet">
          <Both of={G.readOnly} />
        </p>
      )}
      <fieldset class="form" disabled={!programme.may_edit}>
        <Editor draft={draft} onWrite={write} mayEdit={programme.may_edit} />
      </fieldset>
      {programme.may_edit && (
        <p class="row">
          <button class="primary" disabled={busy || !dirty}>
            <Both of={S.save} />
          </button>
          {dirty && (
            <>
              <button type="button" onClick={() => write(draftOf(programme))}>
                <Both of={G.revert} />
              </button>
              <span class="quiet" role="status">
                <Both of={G.unsaved} />
              </span>
            </>
          )}
        </p>
      )}
    </form>
  );
}
