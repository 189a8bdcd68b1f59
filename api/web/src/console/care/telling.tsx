// The window in which an administrator tells who is away and who stands in: people with a phone, since the homes needed
// meanwhile go to the deputy's.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get, post, query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { uuid7 } from "../../shared/ids";
import { date } from "../../shared/times";
import type { Page } from "../../shared/wire";
import { AbsenceReason } from "../../shared/words";
import type { Device } from "../devices/wire";
import { Dialog } from "../dialog";
import { complain } from "../notice";
import { Choice, wordsOf } from "../parts";
import { S } from "../says";
import { unitHere } from "../unitpath";
import { C } from "./says";

type Option = readonly [id: string, label: string];

/** Whoever has a phone in use in the unit, by name. */
async function people(unit: string | null): Promise<Option[]> {
  const found = new Map<string, string>();
  for (let after: string | null = null; ; ) {
    const page: Page<Device> = await get(`/devices${query({ state: "active", unit_id: unit, after })}`);
    page.items.forEach(({ person, staff_no }) => found.set(person.id, `${person.name} ${staff_no}`));
    after = page.next;
    if (after === null) {
      return [...found].sort(([, a], [, b]) => a.localeCompare(b, "zh-CN"));
    }
  }
}

export function Telling({ onClose, onDone }: { onClose: () => void; onDone: () => void }): JSX.Element {
  const [id, renew] = useState(uuid7); // sent twice, it is one absence
  const [options, setOptions] = useState<Option[]>([]);
  const [person, setPerson] = useState<string | null>(null);
  const [deputy, setDeputy] = useState<string | null>(null);
  const [first, setFirst] = useState(date(new Date()));
  const [last, setLast] = useState(date(new Date()));
  const [reason, setReason] = useState<string>("leave");
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    people(unitHere()).then(setOptions, complain);
  }, []);
  const send = (event: Event): void => {
    event.preventDefault();
    if (!person || !deputy || person === deputy) {
      setMissing(true);
      return;
    }
    post("/absences", { id, person, deputy, first_on: first, last_on: last, reason }).then(onDone, (error) => {
      renew(uuid7());
      complain(error);
    });
  };
  return (
    <Dialog title={C.tellAbsence} onClose={onClose} work>
      <form class="field" onSubmit={send}>
        <p>
          <Both of={C.absenceHint} />
        </p>
        <Choice of={C.person} value={person} none={["请选", "choose"]} options={options} onChoose={(one) => (setPerson(one), setMissing(false))} />
        <Choice of={C.deputy} value={deputy} none={["请选", "choose"]} options={options} onChoose={(one) => (setDeputy(one), setMissing(false))} />
        <p class="row">
          <label class="choice">
            <Both of={C.firstOn} />
            <input type="date" aria-label={line(C.firstOn)} required value={first} onChange={(event) => setFirst(event.currentTarget.value)} />
          </label>
          <label class="choice">
            <Both of={C.lastOn} />
            <input type="date" aria-label={line(C.lastOn)} required min={first} value={last} onChange={(event) => setLast(event.currentTarget.value)} />
          </label>
        </p>
        <Choice of={C.reason} value={reason} options={wordsOf(AbsenceReason)} onChoose={(one) => setReason(one ?? "leave")} />
        {missing && (
          <p class="problem" role="alert">
            <Both of={C.whoAndDeputy} />
          </p>
        )}
        <p class="row">
          <button class="primary">
            <Both of={S.save} />
          </button>
          <button type="button" onClick={onClose}>
            <Both of={S.cancel} />
          </button>
        </p>
      </form>
    </Dialog>
  );
}
