// Giving out a code for a new phone: shown this once, as a QR code and to type.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { post } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { moment } from "../../shared/times";
import { Dialog } from "../dialog";
import { complain } from "../notice";
import { Choice } from "../parts";
import { S } from "../says";
import { QrCode } from "./qr";
import { P } from "./says";
import type { Issued } from "./wire";

const HOURS = [
  ["", P.hoursNow],
  ["24", P.hours24],
  ["72", P.hours72],
] as const;

export function Enrolling({ staffNo, onClose }: { staffNo: string; onClose: () => void }): JSX.Element {
  const [asked, setAsked] = useState(staffNo);
  const [hours, setHours] = useState("");
  const [issued, setIssued] = useState<Issued | null>(null);
  const [busy, setBusy] = useState(false);
  const issue = (event: Event): void => {
    event.preventDefault();
    setBusy(true);
    post<Issued>("/enrolments", { staff_no: asked.trim(), ...(hours && { hours: Number(hours) }) })
      .then(setIssued, complain)
      .finally(() => setBusy(false));
  };
  return (
    <Dialog title={P.enrolTitle} onClose={onClose} work>
      {issued ? (
        <Shown of={issued} onAgain={() => setIssued(null)} onClose={onClose} />
      ) : (
        <form class="field" onSubmit={issue}>
          <p>
            <Both of={P.staffNoHint} />
          </p>
          <label class="field">
            <Both of={P.staffNo} />
            <input type="text" data-first required maxLength={200} autocomplete="off" value={asked} onInput={(event) => setAsked(event.currentTarget.value)} />
          </label>
          <Choice of={P.hours} value={hours} options={HOURS.map(([value, said]) => [value, line(said)] as const)} onChoose={(value) => setHours(value ?? "")} />
          <p class="row">
            <button class="primary" disabled={busy}>
              <Both of={P.issue} />
            </button>
            <button type="button" onClick={onClose}>
              <Both of={S.cancel} />
            </button>
          </p>
        </form>
      )}
    </Dialog>
  );
}

function Shown({ of, onAgain, onClose }: { of: Issued; onAgain: () => void; onClose: () => void }): JSX.Element {
  return (
    <>
      <p class="warning" role="status">
        <Both of={P.once} />
      </p>
      <div class="enrol">
        <QrCode text={of.address} label={line(P.qr)} />
        <div>
          <dl class="facts">
            <div>
              <dt>
                <Both of={P.user} />
              </dt>
              <dd>{of.username}</dd>
            </div>
            <div>
              <dt>
                <Both of={P.code} />
              </dt>
              <dd class="code">{of.code}</dd>
            </div>
            <div>
              <dt>
                <Both of={P.goodUntil} />
              </dt>
              <dd>{moment(of.expires_at)}</dd>
            </div>
          </dl>
          <ol>
            {[P.step1, P.step2, P.step3].map((step) => (
              <li key={step[1]}>
                <Both of={step} />
              </li>
            ))}
          </ol>
        </div>
      </div>
      <p class="row">
        <button type="button" class="primary" onClick={() => print()}>
          <Both of={P.print} />
        </button>
        <button type="button" onClick={onAgain}>
          <Both of={P.again} />
        </button>
        <button type="button" onClick={onClose}>
          <Both of={S.close} />
        </button>
      </p>
    </>
  );
}
