// The window in which the office says why no contact is owed. What is typed lasts a reload.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { post } from "../../shared/api";
import { Both } from "../../shared/both";
import { uuid7 } from "../../shared/ids";
import { Excuse } from "../../shared/words";
import { Dialog } from "../dialog";
import { complain } from "../notice";
import { S } from "../says";
import { D } from "./says";
import type { Obligation } from "./wire";

const TOLD = (Object.keys(Excuse) as Excuse[]).filter((why) => why !== "link_ended"); // that a link ended is found out

interface Props {
  of: Obligation;
  onClose: () => void;
  onDone: (row: Obligation) => void;
}

export function Excusing({ of, onClose, onDone }: Props): JSX.Element {
  const [id] = useState(uuid7); // sent twice, it is one excuse
  const [why, setWhy] = useState<Excuse | null>(null);
  const [text, setText] = useState("");
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const send = (): void => {
    if (!why || (why === "other" && text.trim() === "")) {
      setMissing(true);
      return;
    }
    setBusy(true);
    post<Obligation>(`/duty/obligations/${of.id}/excuse`, { id, excuse: why, text: text.trim() }).then(onDone, (error) => {
      setBusy(false);
      complain(error);
    });
  };
  return (
    <Dialog title={D.excuseTitle} onClose={onClose} work>
      <p>
        <b>{of.place.name}</b> {of.programme?.name}
      </p>
      <p>
        <Both of={D.excuseHint} />
      </p>
      <fieldset class="radios">
        <legend>
          <Both of={D.excuseWhy} />
        </legend>
        {TOLD.map((one, i) => (
          <label key={one}>
            <input type="radio" name="excuse" data-first={i === 0 || undefined} checked={why === one} onChange={() => (setWhy(one), setMissing(false))} /> <Both of={Excuse[one]} />
          </label>
        ))}
      </fieldset>
      <label class="field">
        <Both of={D.excuseText} />
        <textarea rows={3} maxLength={4000} value={text} onInput={(event) => (setText(event.currentTarget.value), setMissing(false))} />
      </label>
      {missing && (
        <p class="problem" role="alert">
          <Both of={D.excuseNeeds} />
        </p>
      )}
      <p class="row">
        <button type="button" class="primary" disabled={busy} onClick={send}>
          <Both of={D.explain} />
        </button>
        <button type="button" onClick={onClose}>
          <Both of={S.cancel} />
        </button>
      </p>
    </Dialog>
  );
}
