// /console/care: what happened in homes and who goes there, promises kept, needy lists, who is away, where leaders are.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { query } from "../../shared/api";
import { Both, line } from "../../shared/both";
import type { Role } from "../../shared/words";
import { Tabs } from "../parts";
import { here } from "../route";
import { S } from "../says";
import { holds } from "../screens";
import { Absences } from "./absences";
import { EventCounts, PromiseCounts } from "./counts";
import { Events } from "./events";
import { NeedyHomes } from "./needy";
import { Roster } from "./roster";
import { C } from "./says";

type View = "events" | "promises" | "needy" | "absences" | "roster";

const PARTS: readonly { view: View; roles: readonly Role[]; part: () => JSX.Element }[] = [
  { view: "events", roles: ["dispatcher", "programme_office", "leader"], part: () => (holds("dispatcher", "programme_office") ? <Events /> : <EventCounts />) },
  { view: "promises", roles: ["leader", "programme_office"], part: PromiseCounts },
  { view: "needy", roles: ["programme_office"], part: NeedyHomes },
  { view: "absences", roles: ["unit_admin"], part: Absences },
  { view: "roster", roles: ["leader", "first_responsible"], part: Roster },
];

export function CareScreen(): JSX.Element {
  const parts = PARTS.filter(({ roles }) => holds(...roles));
  const asked = here.value.query.get("view");
  const shown = parts.find(({ view }) => view === asked) ?? parts[0]!;
  useEffect(() => {
    document.title = `${line(S.care)} · 进门 doorstep`;
  }, []);
  return (
    <div class="work">
      <header class="head">
        <h1>
          <Both of={S.care} />
        </h1>
        <Tabs label={C.parts} tabs={parts.map(({ view }) => ({ address: `/console/care${query({ view })}`, of: C[view], current: view === shown.view }))} />
      </header>
      <shown.part key={shown.view} />
    </div>
  );
}
