// /console/review: causes first; a cause, a visit or `rows` in the address opens the desk.
import type { JSX } from "preact";
import { Both } from "../../shared/both";
import { follow, here } from "../route";
import { S } from "../says";
import { DeskView } from "./deskview";
import { Groups } from "./groups";
import { groupSearch, ScopeLine, scopeHere } from "./scope";

export function ReviewScreen(): JSX.Element {
  const given = here.value.query;
  const scope = scopeHere();
  const isDesk = given.has("cause") || given.has("visit") || given.has("rows");
  if (isDesk) {
    return (
      <div class="review">
        <ScopeLine rows />
        <DeskView key={JSON.stringify(scope)} scope={scope} />
      </div>
    );
  }
  const search = groupSearch(scope);
  return (
    <div class="review list">
      <header class="head">
        <h1>
          <Both of={S.groups} />
        </h1>
        <p>
          <Both of={S.groupsHint} />
        </p>
        <a class="button" href={`/console/review${search ? `${search}&` : "?"}rows=1`} onClick={follow}>
          <kbd>L</kbd> <Both of={S.rowByRow} />
        </a>
      </header>
      <ScopeLine rows={false} />
      <Groups search={search} />
    </div>
  );
}
