// Choosing a cadre or a unit: a field to search, and who was found.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { query } from "../../shared/api";
import { Both, line, type Said } from "../../shared/both";
import { HolderKind } from "../../shared/words";
import { usePaged } from "../paged";
import { Choice, wordsOf } from "../parts";
import { S } from "../says";
import { H } from "./says";
import type { Chosen, Holder } from "./wire";

interface Props {
  of: Said;
  chosen: Chosen | null;
  onChoose: (chosen: Chosen | null) => void;
  programme: string | null;
  /** The kind to begin with. */
  kind?: HolderKind;
  /** What to look for to begin with. */
  words?: string;
}

export function HolderPick({ of, chosen, onChoose, programme, kind: begin = "cadre", words: sought = "" }: Props): JSX.Element {
  const [kind, setKind] = useState<HolderKind>(begin);
  const [words, setWords] = useState(sought);
  const list = usePaged<Holder>(`/handovers/holders${query({ kind, q: words.trim(), programme })}`);
  return (
    <section class="field" aria-label={line(of)}>
      <h2>
        <Both of={of} />
      </h2>
      <div class="row">
        <Choice
          of={H.kind}
          value={kind}
          options={wordsOf(HolderKind)}
          onChoose={(value) => {
            setKind(value as HolderKind);
            onChoose(null);
          }}
        />
      </div>
      <label class="field">
        <Both of={kind === "cadre" ? H.find : H.findUnit} />
        <input type="search" value={words} maxLength={100} onInput={(event) => setWords(event.currentTarget.value)} />
      </label>
      {list.items?.length ? (
        <ul class="found">
          {list.items.map((holder) => (
            <li key={holder.id}>
              <button type="button" aria-pressed={chosen?.holder.id === holder.id} onClick={() => onChoose({ kind, holder })}>
                <span>
                  <b>{holder.name}</b> {holder.unit} <small>{holder.staff_no}</small>
                </span>
                <span class="quiet">
                  {holder.links} <Both of={H.links} />
                </span>
              </button>
            </li>
          ))}
          {list.hasMore && (
            <li>
              <button type="button" onClick={list.more}>
                <Both of={S.readMore} />
              </button>
            </li>
          )}
        </ul>
      ) : (
        <p class="quiet" role="status">
          <Both of={list.items ? H.nobodyFound : S.loading} />
        </p>
      )}
    </section>
  );
}
