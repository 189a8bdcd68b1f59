import { expect, test } from "vitest";
import type { Row } from "../../shared/wire";
import { ahead, arrived, current, EMPTY, fated, left, moved, onward, opened, pickedAll, toggled, wantsMore } from "./queue";

const row = (visit: string): Row => ({ visit }) as Row;
const page = (visits: string, next: string | null = null) => ({ items: [...visits].map(row), next, total: 9 });
const abc = moved(arrived(EMPTY, page("abc")), 1);
const DONE = { deciding: "confirm", state: "done" } as const;

test("a first step opens the first row, and the ends hold", () => {
  expect(current(abc)?.visit).toBe("a");
  expect(current(moved(abc, -1))?.visit).toBe("a");
  expect(current(moved(abc, 99))?.visit).toBe("c");
  expect(current(moved(EMPTY, 1))).toBeNull();
});

test("a row that came with two pages is there once", () => {
  expect(arrived(abc, page("cd")).rows.map((r) => r.visit)).toEqual([..."abcd"]);
});

test("after a decision the next open row comes, after the last the first that was left", () => {
  const decided = onward(fated(abc, ["a"], DONE));
  expect(current(decided)?.visit).toBe("b");
  const skipped = onward(fated(opened(decided, "c"), ["c"], DONE));
  expect(current(skipped)?.visit).toBe("b");
  const last = onward(fated(skipped, ["b"], DONE));
  expect(current(last)?.visit).toBe("b");
  expect(left(last)).toBe(6);
});

test("a decision that failed leaves its row open", () => {
  const failed = fated(abc, ["b"], { deciding: "confirm", state: "failed" });
  expect(ahead(failed, 5)).toEqual(["b", "c"]);
  expect(ahead(fated(abc, ["b"], DONE), 5)).toEqual(["c"]);
});

test("what is decided is chosen no longer, and choosing all leaves the decided out", () => {
  const picked = toggled(toggled(abc, "a"), "b");
  expect([...fated(picked, ["a"], DONE).picked]).toEqual(["b"]);
  expect([...pickedAll(fated(abc, ["a"], DONE), true).picked]).toEqual(["b", "c"]);
  expect(toggled(toggled(abc, "a"), "a").picked.size).toBe(0);
});

test("more is read when the end comes near and only if there is more", () => {
  expect(wantsMore(abc)).toBe(false);
  expect(wantsMore(arrived(abc, page("d", "cursor")))).toBe(true);
});
