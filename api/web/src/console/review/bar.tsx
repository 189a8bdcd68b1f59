// What can be done with the visit on the desk, each with its key, and what is still on its way.
import type { JSX } from "preact";
import { away } from "../../shared/api";
import { Both, line, type Said } from "../../shared/both";
import type { Detail } from "../../shared/wire";
import { Dialog } from "../dialog";
import { S } from "../says";
import * as acts from "./acts";
import type { Desk } from "./desk";
import { heldBy } from "./lease";
import { outbox } from "./sending";

interface Act {
  key: string;
  of: Said;
  act: (desk: Desk) => void;
  may: (detail: Detail) => boolean;
  kind?: string;
}

const ACTS: readonly Act[] = [
  { key: "V", of: S.confirm, act: acts.confirm, may: (detail) => detail.may.confirm, kind: "primary" },
  { key: "A", of: S.ask, act: acts.ask, may: (detail) => detail.may.ask },
  { key: "D", of: S.wrong, act: acts.address, may: (detail) => detail.may.correct_address },
  { key: "R", of: S.refuse, act: acts.refuse, may: (detail) => detail.may.refuse },
];
const COMPARISONS: readonly Act[] = [
  { key: "S", of: S.same, act: (desk) => acts.compare(desk, "same_visit"), may: (detail) => detail.may.same_visit },
  { key: "N", of: S.different, act: (desk) => acts.compare(desk, "other_visit"), may: (detail) => detail.may.other_visit },
];

export function Bar({ desk, onBack }: { desk: Desk; onBack: () => void }): JSX.Element {
  const detail = desk.detail.value;
  const isShut = !detail || heldBy.value !== null || desk.isDone(detail.visit);
  const shut = detail && refusal(detail);
  const shown = detail?.may.same_visit || detail?.may.other_visit ? [...ACTS, ...COMPARISONS] : ACTS;
  return (
    <div class="acts" role="toolbar" aria-label={line(S.deeds)}>
      {shown.map(({ key, of, act, may, kind }) => (
        <button key={key} type="button" class={kind} aria-disabled={isShut || !may(detail)} title={key === "R" ? shut ?? undefined : undefined} onClick={() => act(desk)}>
          <kbd>{key}</kbd> <Both of={key === "V" && desk.queue.value.picked.size ? S.confirmPicked : of} />
        </button>
      ))}
      <button type="button" onClick={() => acts.takeBack(desk)}>
        <kbd>U</kbd> <Both of={S.undo} />
      </button>
      <span class="space" />
      <Waiting />
      <button type="button" class="ghost" onClick={onBack}>
        <kbd>G</kbd> <Both of={S.back} />
      </button>
      <button type="button" class="ghost" onClick={() => (desk.doing.value = { what: "help" })}>
        <kbd>?</kbd> <Both of={S.help} />
      </button>
    </div>
  );
}

const refusal = (detail: Detail): string | null => acts.refusalShut(detail)?.join(" ") ?? null;

function Waiting(): JSX.Element {
  const n = outbox.value.length;
  return (
    <span class={away.value && n ? "waiting late" : "waiting"} role="status">
      {n > 0 && (
        <>
          {n} <Both of={S.sending} />
        </>
      )}
    </span>
  );
}

const HELP: readonly (readonly [string, Said])[] = [
  ["J / ↓", ["下一条", "Next"]],
  ["K / ↑", ["上一条", "Previous"]],
  ["V", ["认定位置相符;有所选时认定全部所选", "Confirm; all chosen if there are any"]],
  ["A", ["询问走访干部", "Ask the cadre"]],
  ["D", ["登记地址有误,在地图上更正", "The address is wrong: put it right on the map"]],
  ["R", ["不予认定(听取说明之后)", "Refuse (after the cadre was heard)"]],
  ["S / N", ["同一次走访 / 不同的走访(疑似重复时)", "Same visit / different visits (likely repeats)"]],
  ["U", ["撤销上一个决定", "Undo the last decision"]],
  ["X", ["选中或不选这一条", "Choose this row or not"]],
  ["P", ["看照片,有相似的并排看", "Look at the photos, similar ones side by side"]],
  ["G", ["返回原因列表", "Back to the causes"]],
  ["?", ["这一页", "This page"]],
];

export function Help({ onClose }: { onClose: () => void }): JSX.Element {
  return (
    <Dialog title={S.help} onClose={onClose}>
      <dl class="keys">
        {HELP.map(([key, of]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>
              <Both of={of} />
            </dd>
          </div>
        ))}
      </dl>
      <p class="quiet">
        <Both of={S.purpose} />
      </p>
    </Dialog>
  );
}
