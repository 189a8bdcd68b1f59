// /console/handover: links move from one holder to another in three steps: who, which after a preview, and what became
// of it.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { post, query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { date } from "../../shared/times";
import type { HolderKind } from "../../shared/words";
import { useProgrammes } from "../duty/programmes";
import { complain, tell } from "../notice";
import { Choice } from "../parts";
import { follow, here } from "../route";
import { S } from "../says";
import { HolderPick } from "./holderpick";
import { Looking } from "./looking";
import { H } from "./says";
import { wanted } from "./wanted";
import type { Chosen, Done, Preview } from "./wire";

export interface Asked {
  giver: Chosen;
  taker: Chosen;
  startsOn: string;
  programme: string | null;
}

export function HandOverScreen(): JSX.Element {
  const [asked, ask] = useState<Asked | null>(null);
  const [preview, see] = useState<Preview | null>(null);
  const [done, finish] = useState<Done | null>(null);
  useEffect(() => {
    document.title = `${line(S.handover)} · 进门 doorstep`;
  }, []);
  const step = done ? 3 : preview ? 2 : 1;
  const foresee = (next: Asked): void => {
    ask(next);
    post<Preview>("/handovers/preview", wanted(next.giver, next.taker, next.startsOn, next.programme, null)).then(see, complain);
  };
  const again = (): void => {
    ask(null);
    see(null);
    finish(null);
  };
  return (
    <div class="work">
      <header class="head">
        <h1>
          <Both of={S.handover} />
        </h1>
      </header>
      <div class="sheet">
        <ol class="steps3" aria-label={line(H.steps)}>
          {[H.step1, H.step2, H.step3].map((said, i) => (
            <li key={said[1]} data-n={i + 1} aria-current={step === i + 1 ? "step" : undefined}>
              <Both of={said} />
            </li>
          ))}
        </ol>
        <div hidden={step !== 1}>
          <Who key={done?.id} onNext={foresee} />
        </div>
        {step === 2 && <Looking asked={asked!} preview={preview!} onBack={() => see(null)} onDone={finish} />}
        {step === 3 && <Result asked={asked!} preview={preview!} done={done!} onAgain={again} />}
      </div>
    </div>
  );
}

/** Step one. What was chosen stays while one looks through the list. */
function Who({ onNext }: { onNext: (asked: Asked) => void }): JSX.Element {
  const given = here.value.query;
  const today = date(new Date());
  const programmes = useProgrammes().filter(({ may_edit }) => may_edit);
  const [giver, setGiver] = useState<Chosen | null>(null);
  const [taker, setTaker] = useState<Chosen | null>(null);
  const [programme, setProgramme] = useState(given.get("programme"));
  const [startsOn, setStartsOn] = useState(today);
  const next = (): void => {
    if (!giver || !taker || giver.holder.id === taker.holder.id) {
      tell(H.needBoth, true);
    } else {
      onNext({ giver, taker, startsOn, programme });
    }
  };
  return (
    <div class="form">
      <div class="pair">
        <HolderPick of={H.giver} chosen={giver} onChoose={setGiver} programme={programme} />
        <HolderPick of={H.taker} chosen={taker} onChoose={setTaker} programme={programme} kind={(given.get("kind") as HolderKind | null) ?? "cadre"} words={given.get("to") ?? ""} />
      </div>
      <div class="row">
        <Choice of={H.onlyProgramme} value={programme} none={S.all} options={programmes.map(({ id, name }) => [id, name] as const)} onChoose={setProgramme} />
        <label class="choice">
          <Both of={H.startsOn} />
          <input type="date" required min={today} value={startsOn} onChange={(event) => setStartsOn(event.currentTarget.value || today)} />
        </label>
      </div>
      <p class="quiet">
        <Both of={H.startsHint} />
      </p>
      <p class="row">
        <button type="button" class="primary" onClick={next}>
          <Both of={H.preview} />
        </button>
      </p>
    </div>
  );
}

interface ResultProps {
  asked: Asked;
  preview: Preview;
  done: Done;
  onAgain: () => void;
}

/** Step three: what moved, by name, and what stayed. */
function Result({ asked, preview, done, onAgain }: ResultProps): JSX.Element {
  const moved = new Set(done.moved.map(({ link }) => link));
  return (
    <div class="form">
      <p class="done" role="status">
        <b>
          <Both of={H.done} />
        </b>{" "}
        {preview.giver} → {preview.taker},{done.moved.length} <Both of={H.ofThem} />,{done.starts_on} <Both of={H.inForce} />
      </p>
      <p>
        <Both of={H.doneMore} />
      </p>
      <table class="rows">
        <caption class="unseen">{line(H.step3)}</caption>
        <thead>
          <tr>
            <th scope="col">
              <Both of={H.home} />
            </th>
            <th scope="col">
              <Both of={S.programme} />
            </th>
          </tr>
        </thead>
        <tbody>
          {preview.moving
            .filter(({ link }) => moved.has(link))
            .map(({ link, place, programme }) => (
              <tr key={link}>
                <th scope="row">{place.name}</th>
                <td>{programme.name}</td>
              </tr>
            ))}
        </tbody>
      </table>
      <p class="row">
        <button type="button" class="primary" onClick={onAgain}>
          <Both of={H.another} />
        </button>
        <a class="button" href={`/console/duty${query({ view: "board", holder: asked.taker.holder.id })}`} onClick={follow}>
          <Both of={H.toBoard} />
        </a>
      </p>
    </div>
  );
}
