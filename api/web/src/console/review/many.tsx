// One decision for several visits: what it would make of them comes first.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { post } from "../../shared/api";
import { Both, line, type Said } from "../../shared/both";
import { moment } from "../../shared/times";
import type { Decided, GroupAction, Preview, Target } from "../../shared/wire";
import { Datum } from "../../shared/words";
import { Dialog } from "../dialog";
import { Mark } from "../map/mark";
import { complain } from "../notice";
import { S } from "../says";
import { Effect } from "./deskmap";

interface Props {
  target: Target;
  deciding: Exclude<GroupAction, "correct_address">;
  title: string;
  onDecide: (decided: Decided) => void;
  onClose: () => void;
}

const TITLES: Record<Props["deciding"], Said> = { confirm: S.confirmGroupTitle, ask: S.askGroupTitle, correct_datum: S.datumTitle, declare_sharing: S.sharingTitle };

export function Many({ target, deciding, title, onDecide, onClose }: Props): JSX.Element {
  const isArea = "cause" in target && target.cause === "area";
  const [datum, setDatum] = useState<string>(isArea ? "" : "gcj02");
  const [preview, setPreview] = useState<Preview | null>(null);
  const [text, setText] = useState("");
  const isDatum = deciding === "correct_datum";
  const decided: Decided = { deciding, ...(isDatum && datum && { datum }) };
  useEffect(() => {
    const abort = new AbortController();
    setPreview(null);
    post<Preview>("/review/preview", { ...target, ...decided }, { signal: abort.signal }).then(setPreview, (error: unknown) => {
      complain(error);
      if (!abort.signal.aborted) {
        onClose();
      }
    });
    return () => abort.abort();
  }, [datum]);
  const words = text.trim() && (deciding === "ask" ? { question: text.trim() } : { reason: text.trim() });
  return (
    <Dialog title={TITLES[deciding]} onClose={onClose}>
      <p>
        <b>{title}</b>
      </p>
      {isDatum && <DatumChoice isArea={isArea} datum={datum} onChoose={setDatum} />}
      {preview ? <Effect of={preview} /> : <p class="quiet">{line(S.loading)}</p>}
      {!!preview?.users.length && (
        <p>
          <Both of={S.sharedBy} /> {preview.users.map((user) => user.name).join("、")}
        </p>
      )}
      <ul class="plain sample">
        {preview?.sample.slice(0, 6).map((row) => (
          <li key={row.visit}>
            <Mark of={row.verdict} /> {row.place.name} · {row.cadre.name} · {moment(row.started_at)}
          </li>
        ))}
      </ul>
      <label class="field">
        <Both of={deciding === "ask" ? S.askText : S.reasonOptional} />
        <textarea rows={2} maxLength={2000} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <p class="row">
        <button type="button" class="primary" data-first disabled={!preview?.count} onClick={() => onDecide({ ...decided, ...(words || {}) })}>
          <Both of={S.decideAll} /> {preview?.count}
        </button>
      </p>
    </Dialog>
  );
}

/** In which datum it really is; for a whole village also the shift that its visits have in common. */
function DatumChoice({ isArea, datum, onChoose }: { isArea: boolean; datum: string; onChoose: (datum: string) => void }): JSX.Element {
  return (
    <label class="field">
      <Both of={S.datumIs} />
      <select value={datum} onChange={(event) => onChoose(event.currentTarget.value)}>
        {isArea && <option value="">{line(S.commonShift)}</option>}
        {Object.entries(Datum).map(([value, label]) => (
          <option key={value} value={value}>
            {label.zh}
          </option>
        ))}
      </select>
    </label>
  );
}
