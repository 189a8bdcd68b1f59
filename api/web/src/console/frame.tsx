// What stands around every screen: where one can go, who is logged in, whether the server answers.
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { away, locked, me } from "../shared/api";
import { Both } from "../shared/both";
import { Role } from "../shared/words";
import { Dialog } from "./dialog";
import { notice } from "./notice";
import { follow, here } from "./route";
import { S } from "./says";
import { mine } from "./screens";

export function Frame({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <>
      <a class="skip" href="#content">
        <Both of={S.skip} />
      </a>
      <header class="bar">
        <img src="/static/door.svg" alt="" width="26" height="26" />
        <strong>进门</strong>
        <nav aria-label="doorstep">
          {mine().map(({ path, of }) => (
            <a key={path} href={path} onClick={follow} aria-current={here.value.path === path ? "page" : undefined}>
              <Both of={of} />
            </a>
          ))}
          <a href="/">
            <Both of={S.overview} />
          </a>
        </nav>
        <Who />
      </header>
      {away.value && (
        <p class="away" role="status">
          <Both of={S.away} />
        </p>
      )}
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <Toast />
      {locked.value && <Locked />}
    </>
  );
}

function Who(): JSX.Element {
  const roles = [...new Set(me.value?.roles.map((held) => held.role))];
  return (
    <form class="who" method="post" action="/logout">
      <span>
        {me.value?.name} {roles.map((role) => Role[role].zh).join("、")}
      </span>
      <input type="hidden" name="csrf" value={me.value?.csrf} />
      <button class="ghost">
        <Both of={S.logout} />
      </button>
    </form>
  );
}

const SHOWN_MS = 6000;

function Toast(): JSX.Element {
  const said = notice.value;
  useEffect(() => {
    if (!said || said.bad) {
      return;
    }
    const timer = setTimeout(() => {
      notice.value = null;
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said?.n]);
  return (
    <div class="toast" role="status" aria-live="polite">
      {said && (
        <p class={said.bad ? "bad" : ""} key={said.n}>
          <Both of={said.text} />
          <button type="button" class="ghost" aria-label={S.close.join(" ")} onClick={() => (notice.value = null)}>
            ×
          </button>
        </p>
      )}
    </div>
  );
}

function Locked(): JSX.Element {
  const back = encodeURIComponent(location.pathname + location.search);
  return (
    <Dialog title={S.locked}>
      <p>
        <Both of={S.lockedWhy} />
      </p>
      <p class="row">
        <a class="button" data-first href={`/login?next=${back}`} target="_blank" rel="opener">
          <Both of={S.loginThere} />
        </a>
        <a href={`/login?next=${back}`}>
          <Both of={S.loginHere} />
        </a>
      </p>
    </Dialog>
  );
}
