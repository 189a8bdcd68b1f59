// /console/devices: phones of the administrator's unit, how their sync is doing, new codes, and the end of a phone. Nothing
// of any household stands here.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get, post, query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { age, moment } from "../../shared/times";
import { DeviceState } from "../../shared/words";
import { Dialog } from "../dialog";
import { complain, tell } from "../notice";
import { usePaged } from "../paged";
import { Table } from "../parts";
import { amend, here } from "../route";
import { S } from "../says";
import { UnitPath, unitHere } from "../unitpath";
import { Enrolling } from "./enrolling";
import { askedFor, type Counted, NUMBERS, signsOf } from "./health";
import { P } from "./says";
import type { Device, Fleet } from "./wire";

export function DevicesScreen(): JSX.Element {
  const shown = (here.value.query.get("show") as Counted | null) ?? "active";
  const unit = unitHere();
  const [turn, setTurn] = useState(0);
  const fleet = useFleet(unit, turn);
  const list = usePaged<Device>(fleet && `/devices${query({ ...askedFor(shown, fleet.silent_days), unit_id: unit })}`, "after");
  const [doing, start] = useState<{ enrol: string } | { end: Device; as: "retired" | "lost" } | null>(null);
  useEffect(() => {
    document.title = `${line(S.devices)} · 进门 doorstep`;
  }, []);
  const again = (): void => {
    start(null);
    setTurn(turn + 1);
    list.again();
  };
  return (
    <div class="work">
      <header class="head">
        <h1>
          <Both of={S.devices} />
        </h1>
      </header>
      <form class="tools" aria-label={line(S.filters)} onSubmit={(event) => event.preventDefault()}>
        <UnitPath />
        <p class="quiet">
          <Both of={P.hint} />
        </p>
        <button type="button" class="primary end" onClick={() => start({ enrol: "" })}>
          <Both of={P.enrol} />
        </button>
      </form>
      <div class="sheet">
        {fleet && <Numbers fleet={fleet} shown={shown} />}
        <Table
          list={list}
          empty={P.noDevices}
          caption={S.devices}
          heads={[P.person, P.phone, P.seen, P.unsent, P.version, P.attention, P.deeds]}
          row={(device) => <Line key={device.id} device={device} onEnd={(as) => start({ end: device, as })} onEnrol={() => start({ enrol: device.staff_no })} />}
        />
      </div>
      {doing && "enrol" in doing && <Enrolling staffNo={doing.enrol} onClose={again} />}
      {doing && "end" in doing && <Ending device={doing.end} as={doing.as} onClose={() => start(null)} onDone={again} />}
    </div>
  );
}

function useFleet(unit: string | null, turn: number): Fleet | null {
  const [fleet, set] = useState<Fleet | null>(null);
  useEffect(() => {
    let stale = false;
    get<Fleet>(`/devices/summary${query({ unit_id: unit })}`).then((found) => stale || set(found), complain);
    return () => {
      stale = true;
    };
  }, [unit, turn]);
  return fleet;
}

function Numbers({ fleet, shown }: { fleet: Fleet; shown: Counted }): JSX.Element {
  return (
    <ul class="chips" aria-label={line(P.attention)}>
      {NUMBERS.map(({ key, of }) => (
        <li key={key}>
          <button type="button" aria-pressed={shown === key} onClick={() => amend({ show: key === "active" ? null : key })}>
            <b>{fleet[key]}</b> <Both of={key === "silent" ? [`${fleet.silent_days} ${of[0].replace("多日", "天")}`, `Silent ${fleet.silent_days} d`] : of} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Line({ device, onEnd, onEnrol }: { device: Device; onEnd: (as: "retired" | "lost") => void; onEnrol: () => void }): JSX.Element {
  const { health } = device;
  const signs = signsOf(device);
  return (
    <tr>
      <th scope="row">
        {device.person.name} <small class="block">{device.staff_no}</small>
      </th>
      <td>
        {device.about.model ?? "–"} <small class="block">{device.about.os}</small>
      </td>
      <td>
        {device.seen_at ? (
          <>
            {moment(device.seen_at)}{" "}
            <small class="block">
              <Both of={age(device.seen_at)} />
            </small>
          </>
        ) : (
          <Both of={P.never} />
        )}
      </td>
      <td>
        {health.unsent ?? <Both of={P.notTold} />}
        {health.oldest_unsent_at && (
          <small class="block">
            {P.oldest[0]} {moment(health.oldest_unsent_at)}
          </small>
        )}
      </td>
      <td>{health.app_version ?? device.about.app_version ?? "–"}</td>
      <td>
        {device.state !== "active" && (
          <p>
            <Both of={DeviceState[device.state]} />{" "}
            {device.closes_at && (
              <small>
                {P.openUntil[0]} {moment(device.closes_at)}
              </small>
            )}
          </p>
        )}
        {signs.length > 0 ? (
          <ul class="signs">
            {signs.map((sign) => (
              <li key={sign[1]}>
                <Both of={sign} />
              </li>
            ))}
          </ul>
        ) : (
          device.state === "active" && (
            <span class="quiet">
              <Both of={P.fine} />
            </span>
          )
        )}
      </td>
      <td class="acts">
        {device.alarm && (
          <button type="button" onClick={onEnrol}>
            <Both of={P.again} />
          </button>
        )}
        {device.state === "active" && (
          <button type="button" onClick={() => onEnd("retired")}>
            <Both of={P.retire} />
          </button>
        )}
        {device.state !== "lost" && (
          <button type="button" onClick={() => onEnd("lost")}>
            <Both of={P.lost} />
          </button>
        )}
      </td>
    </tr>
  );
}

interface EndingProps {
  device: Device;
  as: "retired" | "lost";
  onClose: () => void;
  onDone: () => void;
}

/** What ending a phone means, before it is done. */
function Ending({ device, as, onClose, onDone }: EndingProps): JSX.Element {
  const isLost = as === "lost";
  const end = (): void =>
    void post(`/devices/${device.id}/state`, { state: as }).then(() => {
      tell(isLost ? P.endedLost : P.ended);
      onDone();
    }, complain);
  return (
    <Dialog title={isLost ? P.lostTitle : P.retireTitle} onClose={onClose} work>
      <p>
        <b>{device.person.name}</b> {device.staff_no} · {device.about.model} · <Both of={P.unsent} /> {device.health.unsent ?? line(P.notTold)}
      </p>
      <p class={isLost ? "warning" : ""}>
        <Both of={isLost ? P.lostWhy : P.retireWhy} />
      </p>
      <p class="row">
        <button type="button" class={isLost ? "primary serious" : "primary"} onClick={end}>
          <Both of={isLost ? P.lost : P.retire} />
        </button>
        <button type="button" data-first onClick={onClose}>
          <Both of={S.cancel} />
        </button>
      </p>
    </Dialog>
  );
}
