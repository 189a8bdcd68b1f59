// The console: who is logged in, then the screen that the address names, fetched when it is opened.
import { type JSX, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { recognise } from "../shared/api";
import { Both } from "../shared/both";
import { Frame } from "./frame";
import { here } from "./route";
import { S } from "./says";
import { type Drawn, mine, type Screen } from "./screens";
import "./style/base.css";
import "./style/work.css";
import "./style/review.css";

function Console(): JSX.Element {
  const screens = mine();
  const { path } = here.value;
  const first = screens[0];
  const screen = screens.find((one) => one.path === path) ?? (path === "/console/" ? first : undefined);
  useEffect(() => {
    if (screen && screen.path !== path) {
      history.replaceState(null, "", screen.path);
      here.value = { path: screen.path, query: new URLSearchParams() };
    }
  }, [screen, path]);
  return <Frame>{screen ? <Fetched key={screen.path} screen={screen} /> : <Closed />}</Frame>;
}

/** A screen, once its part of the bundle is there; without it a word that says what to do. */
function Fetched({ screen }: { screen: Screen }): JSX.Element {
  const [drawn, set] = useState<{ is: Drawn } | "failed" | null>(null);
  useEffect(() => {
    screen.load().then(
      (is) => set({ is }),
      () => set("failed"),
    );
  }, []);
  if (drawn === "failed") {
    return (
      <p class="empty" role="alert">
        <Both of={S.notFetched} />{" "}
        <button type="button" onClick={() => location.reload()}>
          <Both of={S.loadAgain} />
        </button>
      </p>
    );
  }
  return drawn ? (
    <drawn.is />
  ) : (
    <p class="empty" role="status">
      <Both of={S.loading} />
    </p>
  );
}

function Closed(): JSX.Element {
  return (
    <p class="empty">
      <Both of={S.noScope} />
    </p>
  );
}

if (await recognise()) {
  render(<Console />, document.getElementById("console")!);
} else {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}
