// A small map with a few named spots on it.
import { divIcon, latLngBounds, layerGroup, type Map as LeafletMap, marker } from "leaflet";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Areas, ground, outlines } from "../map/ground";
import { complain } from "../notice";
import type { Spot } from "./values";

export function SmallMap({ spots, label }: { spots: readonly Spot[]; label: string }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<LeafletMap | null>(null);
  useEffect(() => {
    let made: LeafletMap | null = null;
    let gone = false;
    ground(box.current!, label).then((ready) => {
      made = ready;
      if (gone) {
        ready.remove();
        return;
      }
      setMap(ready);
      outlines().then((shapes) => gone || new Areas(ready, shapes), complain);
    }, complain);
    return () => {
      gone = true;
      made?.remove();
    };
  }, []);
  const told = JSON.stringify(spots);
  useEffect(() => {
    if (!map || spots.length === 0) {
      return undefined;
    }
    const layer = layerGroup(spots.map(sign)).addTo(map);
    map.fitBounds(latLngBounds(spots.map(({ at }) => [at.lat, at.lon])), { maxZoom: 17, padding: [48, 48], animate: false });
    return () => void layer.remove();
  }, [map, told]);
  return (
    <div class="smallmap">
      <div ref={box} class="map" tabIndex={0} />
    </div>
  );
}

function sign({ at, sign: letter, label, isNew }: Spot): ReturnType<typeof marker> {
  const text = document.createElement("span");
  text.textContent = letter;
  return marker([at.lat, at.lon], {
    icon: divIcon({ html: text, className: isNew ? "sign neighbour" : "sign", iconSize: [24, 24] }),
    interactive: false,
    keyboard: false,
    alt: label,
  });
}
