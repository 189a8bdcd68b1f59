// Queue beside map beside evidence, and what is opened over them.
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { Both, line } from "../../shared/both";
import type { Detail } from "../../shared/wire";
import { Explanation, Facts, Heard, Neighbours, Trail } from "../evidence/facts";
import { Photos, Pictures } from "../evidence/photos";
import { complain } from "../notice";
import { go, here } from "../route";
import { S } from "../says";
import * as acts from "./acts";
import { Bar, Help } from "./bar";
import { Desk, type Scope } from "./desk";
import { DeskMap } from "./deskmap";
import { useKeys } from "./keys";
import { heldBy } from "./lease";
import { QueueList } from "./list";
import { left } from "./queue";
import { groupSearch } from "./scope";
import { Many } from "./many";
import { Writing } from "./writing";

export function DeskView({ scope }: { scope: Scope }): JSX.Element {
  const desk = useMemo(() => new Desk(scope), []);
  const back = (): void => go(`/console/review${groupSearch(scope)}`);
  useEffect(() => {
    document.title = `${line(S.rowByRow)} · 进门 doorstep`;
    void desk.begin(here.value.query.get("visit")).catch(complain);
    return () => desk.end();
  }, []);
  const next = (): void => desk.move(1);
  const previous = (): void => desk.move(-1);
  const isAiming = desk.doing.value?.what === "address";
  useKeys(
    isAiming
      ? { Escape: () => (desk.doing.value = null) }
      : {
          KeyJ: next,
          ArrowDown: next,
          KeyK: previous,
          ArrowUp: previous,
          KeyV: () => acts.confirm(desk),
          KeyA: () => acts.ask(desk),
          KeyD: () => acts.address(desk),
          KeyR: () => acts.refuse(desk),
          KeyS: () => acts.compare(desk, "same_visit"),
          KeyN: () => acts.compare(desk, "other_visit"),
          KeyU: () => acts.takeBack(desk),
          KeyX: () => desk.toggle(desk.visit.value),
          KeyP: () => acts.look(desk),
          KeyG: back,
          Slash: () => (desk.doing.value = { what: "help" }),
        },
  );
  return (
    <div class="desk">
      <h1 class="unseen">
        <Both of={S.rowByRow} />
      </h1>
      <QueueList desk={desk} />
      <DeskMap desk={desk} />
      <Evidence desk={desk} />
      <Bar desk={desk} onBack={back} />
      <Over desk={desk} />
    </div>
  );
}

function Evidence({ desk }: { desk: Desk }): JSX.Element {
  const detail = desk.detail.value;
  const holder = heldBy.value;
  const closed = desk.closed.value;
  const why = closed && closed.visit === desk.visit.value ? closed.problem : null;
  return (
    <article class="evidence" tabIndex={0} aria-label={line(S.thisVisit)} aria-busy={detail === null && !why}>
      {holder && (
        <p class="held" role="status">
          <b>{holder.name}</b> <Both of={S.heldBy} />
        </p>
      )}
      {desk.visit.value && desk.isDone(desk.visit.value) && (
        <p class="standing" role="status">
          <Both of={left(desk.queue.value) ? S.standing : S.allDone} />
        </p>
      )}
      {detail && <Known of={detail} desk={desk} />}
      {!detail && desk.visit.value && <p class="empty">{why ? line({ zh: why.zh, en: why.en }) : line(S.loading)}</p>}
    </article>
  );
}

function Known({ of, desk }: { of: Detail; desk: Desk }): JSX.Element {
  return (
    <>
      <h2>
        {of.place.name} <small>{of.unit.name}</small>
      </h2>
      <Explanation of={of} />
      <Heard of={of} />
      <Photos of={of} onLook={(at) => (desk.doing.value = { what: "pictures", at })} />
      <Neighbours of={of} />
      <Facts of={of} />
      <Trail of={of} />
    </>
  );
}

function Over({ desk }: { desk: Desk }): JSX.Element | null {
  const doing = desk.doing.value;
  const close = (): void => {
    desk.doing.value = null;
  };
  switch (doing?.what) {
    case "ask":
    case "refuse":
      return <Writing key={doing.what} desk={desk} draft={doing} />;
    case "help":
      return <Help onClose={close} />;
    case "pictures":
      return desk.detail.value && <Pictures of={desk.detail.value} at={doing.at} onClose={close} />;
    case "many": {
      const visits = [...desk.queue.value.picked];
      return <Many target={{ visits }} deciding="confirm" title={`${line(S.picked)} ${visits.length}`} onClose={close} onDecide={(decided) => desk.decideMany({ visits }, visits, decided)} />;
    }
    default:
      return null;
  }
}
