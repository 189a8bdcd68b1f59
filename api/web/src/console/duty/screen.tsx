// /console/duty: who is linked, contacted, overdue, from the city down to a home; what is owed; where nobody is.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Both, line } from "../../shared/both";
import { Tabs } from "../parts";
import { S } from "../says";
import { holds } from "../screens";
import { pathHere } from "../unitpath";
import { Board } from "./board";
import { Coverage } from "./coverage";
import { GapsView } from "./gaps";
import { Homes } from "./homes";
import { D } from "./says";
import { address, type View, viewHere } from "./state";

const PARTS: Record<View, () => JSX.Element> = { coverage: Coverage, board: Board, gaps: GapsView, homes: Homes };

export function DutyScreen(): JSX.Element {
  const isOffice = holds("programme_office");
  const asked = viewHere();
  const view = isOffice || asked === "gaps" ? asked : "coverage";
  const path = pathHere();
  useEffect(() => {
    document.title = `${line(S.duty)} · 进门 doorstep`;
  }, []);
  const Part = PARTS[view] ?? Coverage;
  const tabs = (isOffice ? (["coverage", "board", "homes", "gaps"] as const) : (["coverage", "gaps"] as const)).map((one) => ({
    address: address(one, path),
    of: D[one],
    current: one === view,
  }));
  return (
    <div class="work">
      <header class="head">
        <h1>
          <Both of={S.duty} />
        </h1>
        <Tabs label={D.parts} tabs={tabs} />
      </header>
      <Part key={view} />
    </div>
  );
}
