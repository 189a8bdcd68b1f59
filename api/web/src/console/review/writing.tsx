// Windows in which something is written: a question to the cadre, the reason of a refusal. What is typed is kept at
// every key, so that an ended session or a closed window costs nothing.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { Both, line } from "../../shared/both";
import { Dialog } from "../dialog";
import { READY, S } from "../says";
import type { Desk, Draft } from "./desk";

const LEAST = { ask: 2, refuse: 5 };

export function Writing({ desk, draft }: { desk: Desk; draft: Draft }): JSX.Element {
  const [text, setText] = useState(draft.text);
  const [short, setShort] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const isAsking = draft.what === "ask";
  const write = (value: string): void => {
    setText(value);
    setShort(false);
    desk.draft(draft.what, value);
  };
  const sendIt = (): void => {
    const said = text.trim();
    if (said.length < LEAST[draft.what]) {
      setShort(true);
      field.current?.focus();
    } else {
      desk.decide(isAsking ? { deciding: "ask", question: said } : { deciding: "refuse", reason: said });
    }
  };
  const take = (ready: string): void => {
    write(ready);
    field.current?.focus();
  };
  return (
    <Dialog title={isAsking ? S.askTitle : S.refuseTitle} onClose={() => (desk.doing.value = null)}>
      <p>
        <Both of={isAsking ? S.askHint : S.refuseHint} />
      </p>
      {isAsking && <Ready reasons={desk.row.value?.reasons ?? []} onTake={take} />}
      <label class="field">
        <Both of={isAsking ? S.askText : S.refuseText} />
        <textarea
          ref={field}
          data-first={isAsking && !draft.text ? undefined : true}
          rows={4}
          maxLength={2000}
          value={text}
          aria-invalid={short}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.code === "Enter" && event.ctrlKey && !event.isComposing) {
              event.preventDefault();
              sendIt();
            }
          }}
        />
      </label>
      {short && (
        <p class="problem" role="alert">
          <Both of={S.needText} /> ≥ {LEAST[draft.what]}
        </p>
      )}
      <p class="row">
        <button type="button" class={isAsking ? "primary" : "primary serious"} onClick={sendIt}>
          <Both of={isAsking ? S.send : S.refuse} />
        </button>
        <span class="quiet">
          <Both of={S.ctrlEnter} />
        </span>
      </p>
    </Dialog>
  );
}

function Ready({ reasons, onTake }: { reasons: readonly string[]; onTake: (said: string) => void }): JSX.Element {
  const fits = (ready: (typeof READY)[number]): boolean => ready.for.some((code) => reasons.includes(code));
  const sorted = [...READY].sort((a, b) => Number(fits(b)) - Number(fits(a)));
  const press = (event: KeyboardEvent): void => {
    const ready = sorted[Number(/^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1]) - 1];
    if (ready) {
      event.preventDefault();
      onTake(ready.said);
    }
  };
  return (
    <ol class="ready" aria-label={line(S.askReady)} onKeyDown={press}>
      {sorted.map((ready, i) => (
        <li key={ready.said}>
          <button type="button" data-first={i === 0 || undefined} onClick={() => onTake(ready.said)}>
            <kbd>{i + 1}</kbd> {ready.said}
          </button>
        </li>
      ))}
    </ol>
  );
}
