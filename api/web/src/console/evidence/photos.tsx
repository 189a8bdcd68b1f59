// Photos of a visit with what resembles them; a picture opens large, a similar one beside it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Both } from "../../shared/both";
import { moment } from "../../shared/times";
import type { Detail, Photo, Similar } from "../../shared/wire";
import { Dialog } from "../dialog";
import { S } from "../says";

/** What the window of pictures shows: a photo, alone or beside the n-th that resembles it. */
export interface Looking {
  photo: number;
  similar: number | null;
}

export function Photos({ of, onLook }: { of: Detail; onLook: (looking: Looking) => void }): JSX.Element {
  return (
    <section>
      <h3>
        <Both of={S.photos} /> {of.photos.length > 0 && of.photos.length}
      </h3>
      {of.photos.length === 0 && (
        <p class="quiet">
          <Both of={S.noPhotos} />
        </p>
      )}
      <ul class="photos">
        {of.photos.map((photo, i) => (
          <li key={photo.id}>
            <Thumbnail photo={photo} label={`${S.photos.join(" ")} ${i + 1}`} onOpen={() => onLook({ photo: i, similar: null })} />
            {photo.similar.map((similar, j) => (
              <button key={similar.photo} type="button" class="similar" onClick={() => onLook({ photo: i, similar: j })}>
                <img src={similar.small} alt="" />
                <span>
                  {likeness(similar)}
                  <small>
                    {similar.place.name} {moment(similar.started_at)}
                  </small>
                </span>
              </button>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

const likeness = (similar: Similar): string => (similar.exact ? S.identical.join(" ") : `${S.similar[0]} ${similar.bits}/64`);

function Thumbnail({ photo, label, onOpen }: { photo: Photo; label: string; onOpen: () => void }): JSX.Element {
  const missing = missingWhy(photo);
  return missing ? (
    <p class="nophoto">
      <Both of={missing} />
    </p>
  ) : (
    <button type="button" class="photo" aria-label={label} onClick={onOpen}>
      <img src={photo.small} alt="" />
    </button>
  );
}

export function missingWhy(photo: Photo): readonly [string, string] | null {
  if (photo.state === "awaited") {
    return S.photoAwaited;
  }
  if (photo.picture === null) {
    return S.photoUnread;
  }
  return photo.picture.state === "damaged" ? S.photoDamaged : null;
}

const STEP = 1.25;

export function Pictures({ of, at, onClose }: { of: Detail; at: Looking; onClose: () => void }): JSX.Element {
  const [looking, look] = useState(at);
  const [zoom, setZoom] = useState(1);
  const photo = of.photos[looking.photo]!;
  const other = looking.similar === null ? null : photo.similar[looking.similar]!;
  const step = (by: number): void => {
    const to = (looking.photo + by + of.photos.length) % of.photos.length;
    look({ photo: to, similar: of.photos[to]!.similar.length ? 0 : null });
    setZoom(1);
  };
  const keys = (event: KeyboardEvent): void => {
    const act = KEYS[event.code]?.(step, setZoom);
    if (act !== undefined) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  return (
    <Dialog title={S.photos} onClose={onClose} wide>
      <div class="pictures" tabIndex={0} data-first role="group" aria-label={S.zoom.join(" ")} onKeyDown={keys} onWheel={(event) => (event.preventDefault(), setZoom((z) => clamp(z * (event.deltaY < 0 ? STEP : 1 / STEP))))}>
        <Figure src={photo.large} zoom={zoom} caption={`${S.thisVisit[0]} · ${of.place.name} · ${of.cadre.name} · ${moment(of.started_at)}`} taken={photo.picture?.taken_at ?? null} />
        {other && <Figure src={other.large} zoom={zoom} caption={`${S.otherVisit[0]} · ${other.place.name} · ${other.cadre.name} · ${moment(other.started_at)} · ${likeness(other)}`} taken={null} />}
      </div>
      <p class="quiet">
        <Both of={S.zoom} />
      </p>
    </Dialog>
  );
}

type Act = (step: (by: number) => void, zoom: (change: (z: number) => number) => void) => void | null;
const KEYS: Record<string, (...of: Parameters<Act>) => null> = {
  ArrowRight: (step) => (step(1), null),
  ArrowLeft: (step) => (step(-1), null),
  Equal: (_, zoom) => (zoom((z) => clamp(z * STEP)), null),
  NumpadAdd: (_, zoom) => (zoom((z) => clamp(z * STEP)), null),
  Minus: (_, zoom) => (zoom((z) => clamp(z / STEP)), null),
  NumpadSubtract: (_, zoom) => (zoom((z) => clamp(z / STEP)), null),
};
const clamp = (z: number): number => Math.min(6, Math.max(1, z));

function Figure({ src, zoom, caption, taken }: { src: string; zoom: number; caption: string; taken: string | null }): JSX.Element {
  return (
    <figure>
      <div class="frame">
        <img src={src} alt={caption} style={{ width: `${zoom * 100}%`, height: `${zoom * 100}%` }} />
      </div>
      <figcaption>
        {caption}
        {taken && ` · 拍摄 taken ${moment(taken)}`}
      </figcaption>
    </figure>
  );
}
