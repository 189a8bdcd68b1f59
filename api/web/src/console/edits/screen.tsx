// /console/edits: what phones say otherwise than the register, both values side by side, decided by a person; and homes
// found at the door.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import { Tabs } from "../parts";
import { here } from "../route";
import { S } from "../says";
import { holds } from "../screens";
import { Cases } from "./cases";
import { Proposals } from "./proposals";
import { E } from "./says";

export function EditsScreen(): JSX.Element {
  const verifies = holds("verifier");
  const view = verifies && here.value.query.get("view") === "proposals" ? "proposals" : "edits";
  useEffect(() => {
    document.title = `${line(S.edits)} · 进门 doorstep`;
  }, []);
  const tabs = (verifies ? (["edits", "proposals"] as const) : (["edits"] as const)).map((one) => ({
    address: `/console/edits${query({ view: one })}`,
    of: E[one],
    current: one === view,
  }));
  return (
    <div class="work">
      <header class="head">
        <h1>
          <Both of={S.edits} />
        </h1>
        <Tabs label={E.parts} tabs={tabs} />
      </header>
      {view === "proposals" ? <Proposals /> : <Cases />}
    </div>
  );
}
