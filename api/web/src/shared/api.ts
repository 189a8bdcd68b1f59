// The one way to the server: JSON with the CSRF token, problems in both languages, patience when the server is away,
// and a wait for the login when the session has ended. A repeat is harmless: whatever changes something carries an id
// made here, so that a request whose answer was lost is simply sent again.
import { signal } from "@preact/signals";
import type { Me } from "./wire";

const BASE = "/console/v1";
const PATIENCE_MS = 20_000;
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];
const LOOK_AGAIN_MS = 2000;

/** Why the server refused: a stable code, what a person reads, and the facts of the occurrence. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly zh: string;
  readonly en: string;
  readonly facts: Record<string, unknown>;

  constructor(status: number, facts: Record<string, unknown>) {
    super(String(facts["code"] ?? status));
    this.status = status;
    this.code = String(facts["code"] ?? "internal");
    this.zh = String(facts["title_zh"] ?? "服务器未能处理");
    this.en = String(facts["title_en"] ?? "The server could not do it");
    this.facts = facts;
  }
}

/** The server does not answer at the moment; what is on its way waits. */
export const away = signal(false);
/** The session has ended; what is on its way waits for the login. */
export const locked = signal(false);
/** Who is logged in. */
export const me = signal<Me | null>(null);

type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface Options {
  signal?: AbortSignal;
  /** Last words of a page that is being left: sent once, whatever becomes of it. */
  parting?: boolean;
}

export const get = <T>(path: string, options: Options = {}): Promise<T> => call<T>("GET", path, undefined, options);
export const post = <T>(path: string, body?: unknown, options: Options = {}): Promise<T> =>
  call<T>("POST", path, body ?? {}, options);
export const put = <T>(path: string, body: unknown, options: Options = {}): Promise<T> => call<T>("PUT", path, body, options);
export const remove = (path: string, options: Options = {}): Promise<void> =>
  call<void>("DELETE", path, undefined, options);

/** Bytes of a tile; null if it is empty or cannot be had now: a tile is asked for again when it is seen again. */
export async function bytes(path: string, abort: AbortSignal): Promise<ArrayBuffer | "too-many" | null> {
  const answer = await fetch(BASE + path, { signal: abort });
  if (answer.status === 401) {
    void unlocked();
  }
  if (answer.status === 413) {
    return "too-many";
  }
  return answer.status === 200 ? answer.arrayBuffer() : null;
}

type Value = string | number | null | undefined | readonly string[];

/** `?a=1&b=2`; empty values are left out, a list repeats its key. */
export function query(values: Record<string, Value>): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") {
        given.append(key, String(one));
      }
    }
  }
  const text = given.toString();
  return text && `?${text}`;
}

async function call<T>(method: Method, path: string, body: unknown, options: Options): Promise<T> {
  let renewed = false;
  for (let attempt = 0; ; attempt += 1) {
    options.signal?.throwIfAborted();
    const answer = await attempted(method, path, body, options);
    if (answer === null) {
      if (options.parting) {
        throw new Problem(0, {});
      }
      away.value = true;
      await pause(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)]!, options.signal);
      continue;
    }
    away.value = false;
    if (answer.status === 401 && !options.parting) {
      await unlocked();
      continue;
    }
    if (answer.status === 403 && answer.facts["code"] === "csrf-failed" && !renewed) {
      renewed = true; // logged in again in another window: the token is another one
      await recognise();
      continue;
    }
    if (answer.status >= 400) {
      throw new Problem(answer.status, answer.facts);
    }
    return answer.facts as T;
  }
}

interface Answered {
  status: number;
  facts: Record<string, unknown>;
}

/** One try: null if there was no answer of ours (connection lost, too slow, a gateway's page). */
async function attempted(method: Method, path: string, body: unknown, options: Options): Promise<Answered | null> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") {
    headers["X-CSRF-Token"] = me.value?.csrf ?? "";
  }
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE_MS);
  const given = (): void => abort.abort();
  options.signal?.addEventListener("abort", given);
  try {
    const answer = await fetch(BASE + path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: abort.signal,
      keepalive: options.parting ?? false,
    });
    if (answer.status === 204) {
      return { status: 204, facts: {} };
    }
    const isOurs = /\bjson\b/.test(answer.headers.get("Content-Type") ?? "");
    if (!isOurs || answer.status === 503) {
      return null;
    }
    return { status: answer.status, facts: (await answer.json()) as Record<string, unknown> };
  } catch (error) {
    if (options.signal?.aborted) {
      throw error;
    }
    return null;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", given);
  }
}

function pause(ms: number, abort?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done, { once: true });
    abort?.addEventListener("abort", () => {
      done();
      reject(abort.reason);
    });
  });
}

/** Ask who is logged in; false if nobody is. Somebody else than before means a new beginning. */
export async function recognise(): Promise<boolean> {
  const answer = await attempted("GET", "/me", undefined, {});
  if (answer?.status !== 200) {
    return false;
  }
  const found = answer.facts as unknown as Me;
  if (me.value && me.value.id !== found.id) {
    location.reload();
  }
  me.value = found;
  return true;
}

let waiting: Promise<void> | null = null;

/** Resolves when somebody has logged in again, in this window or another one. */
function unlocked(): Promise<void> {
  waiting ??= (async () => {
    locked.value = true;
    while (!(await recognise())) {
      await lookedAgain();
    }
    locked.value = false;
    waiting = null;
  })();
  return waiting;
}

function lookedAgain(): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("focus", done);
      resolve();
    };
    const timer = setTimeout(done, LOOK_AGAIN_MS);
    addEventListener("focus", done, { once: true });
  });
}
