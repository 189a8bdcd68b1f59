// A programme's sheet: one that there is, which its office writes anew, or one that is being created.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { post, Problem, put } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { uuid7 } from "../../shared/ids";
import { forget, keep, kept } from "../../shared/kept";
import type { Named } from "../../shared/wire";
import type { Programme } from "../duty/wire";
import { complain, tell } from "../notice";
import { S } from "../says";
import { Editor } from "./editor";
import { Office, Text } from "./fields";
import { BLANK, type Draft, draftOf, type Faults, faultsOf, isChanged } from "./rules";
import { G } from "./says";

const NONE: Faults = {};

export function One({ programme, onSaved }: { programme: Programme; onSaved: (now: Programme) => void }): JSX.Element {
  const [draft, write] = useState<Draft>(() => draftOf(programme));
  const [faults, find] = useState(NONE);
  const save = async (): Promise<void> => {
    const now = await put<Programme>(`/duty/programmes/${programme.id}`, draft);
    write(draftOf(now));
    onSaved(now);
    tell(G.saved);
  };
  return (
    <Sheet name={programme.name} mayEdit={programme.may_edit} dirty={isChanged(draft, programme)} onSave={save} onDrop={() => write(draftOf(programme))} onFind={find}>
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
        <Editor {...{ draft, faults }} onWrite={(next) => (write(next), find(NONE))} mayEdit={programme.may_edit} />
      </fieldset>
    </Sheet>
  );
}

/** What a new programme says beyond its draft; sent twice under one id, it is one programme. */
interface Begun {
  id: string;
  code: string;
  office: string;
  draft: Draft;
}

const KEPT = "programme:new";

/** A programme that is being created: half-written, it outlives a reload and the login in the same window. */
export function New({ offices, onSaved }: { offices: readonly Named[]; onSaved: (now: Programme) => void }): JSX.Element {
  const blank = (): Begun => ({ id: uuid7(), code: "", office: offices.length === 1 ? offices[0]!.id : "", draft: BLANK });
  const [begun, set] = useState<Begun>(() => kept<Begun>(KEPT) ?? blank());
  const [faults, find] = useState(NONE);
  const write = (change: Partial<Begun>): void => {
    find(NONE);
    set((before) => {
      const next = { ...before, ...change };
      keep(KEPT, next);
      return next;
    });
  };
  const save = async (): Promise<void> => {
    const { draft, ...own } = begun;
    const now = await post<Programme>("/duty/programmes", { ...own, ...draft }).catch((error: unknown) => {
      write({ id: uuid7() }); // what was refused is put right under an id of its own
      throw error;
    });
    forget(KEPT);
    onSaved(now);
    tell(G.created);
  };
  const drop = (): void => {
    forget(KEPT);
    set(blank());
  };
  const dirty = begun.code !== "" || JSON.stringify(begun.draft) !== JSON.stringify(BLANK);
  return (
    <Sheet name={line(G.create)} mayEdit dirty={dirty} onSave={save} onDrop={drop} onFind={find}>
      <h2>
        <Both of={G.create} />
      </h2>
      <div class="pair">
        <Text of={G.code} {...{ faults }} at="/code" value={begun.code} max={40} required pattern="\S+" hint={G.codeShape} onWrite={(code) => write({ code })} />
        <Office of={G.office} {...{ faults, offices }} at="/office" value={begun.office} onWrite={(office) => write({ office })} />
      </div>
      <Editor draft={begun.draft} {...{ faults }} onWrite={(draft) => write({ draft })} mayEdit />
    </Sheet>
  );
}

interface SheetProps {
  name: string;
  mayEdit: boolean;
  dirty: boolean;
  onSave: () => Promise<void>;
  onDrop: () => void;
  /** What the last saving was refused for, by field. */
  onFind: (faults: Faults) => void;
  children: ComponentChildren;
}

/** The form around the fields: it saves, says what was refused, and asks before unsaved words are left. */
function Sheet({ name, mayEdit, dirty, onSave, onDrop, onFind, children }: SheetProps): JSX.Element {
  const [busy, setBusy] = useState(false);
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
    onFind(NONE);
    onSave()
      .catch((error: unknown) => {
        onFind(error instanceof Problem ? faultsOf(error) : NONE);
        complain(error);
      })
      .finally(() => setBusy(false));
  };
  return (
    <form class="form" onSubmit={save} aria-label={name}>
      {children}
      {mayEdit && (
        <p class="row">
          <button class="primary" disabled={busy || !dirty}>
            <Both of={S.save} />
          </button>
          {dirty && (
            <>
              <button type="button" onClick={() => (onDrop(), onFind(NONE))}>
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
