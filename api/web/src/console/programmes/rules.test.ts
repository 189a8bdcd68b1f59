import { describe, expect, it } from "vitest";
import type { Programme } from "../duty/wire";
import { changed, draftOf, faultsOf, free, isChanged, whole, withEvent, withLink, without } from "./rules";
import { G } from "./says";

const programme: Programme = {
  id: "p", code: "WULIAN", name: "五联", basis: "", office: null, valid_from: null, valid_to: null, may_edit: true,
  rules: [{ category: "needy", event: null, holder: "cadre", role: "cadre", level: "village", target: "household", number: 1, rhythm: "month", term: null, term_kind: null }],
};
const draft = draftOf(programme);

describe("the rules of a programme", () => {
  it("are one for each category and event", () => {
    expect(free(draft, "category", ["needy", "able_person"])).toEqual(["able_person"]);
    expect(free(withEvent(draft, "death"), "event", ["death", "hospital"])).toEqual(["hospital"]);
  });

  it("come with words that make sense, and go", () => {
    const more = withEvent(withLink(draft, "able_person"), "death");
    expect(more.rules.map(({ category, event, term, term_kind }) => [category, event, term, term_kind])).toEqual([
      ["needy", null, null, null],
      ["able_person", null, null, null],
      [null, "death", 48, "hours"],
    ]);
    expect(without(more, 1).rules).toHaveLength(2);
  });

  it("give a unit no role, and a cadre one", () => {
    const unit = changed(draft, 0, { holder: "unit" });
    expect(unit.rules[0]!.role).toBeNull();
    expect(changed(unit, 0, { holder: "cadre" }).rules[0]!.role).toBe("cadre");
  });

  it("keep a term whole", () => {
    const timed = changed(draft, 0, { term: 10 });
    expect(timed.rules[0]).toMatchObject({ term: 10, term_kind: "natural_days" });
    expect(changed(timed, 0, { term: null }).rules[0]).toMatchObject({ term: null, term_kind: null });
    expect(changed(timed, 0, { term_kind: null }).rules[0]).toMatchObject({ term: null, term_kind: null });
  });

  it("know whether something was changed", () => {
    expect(isChanged(draft, programme)).toBe(false);
    expect(isChanged({ ...draft, name: "六联" }, programme)).toBe(true);
    expect(isChanged(changed(changed(draft, 0, { number: 2 }), 0, { number: 1 }), programme)).toBe(false);
  });
});

it("reads whole numbers alone", () => {
  expect(["3", "", "0", "1.5", "x", " 12 "].map(whole)).toEqual([3, null, null, null, null, 12]);
});

describe("a refusal", () => {
  const problem = (code: string, facts: Record<string, unknown>): Parameters<typeof faultsOf>[0] => ({ code, zh: "已用", en: "taken", facts });

  it("stands beside its field in its own words", () => {
    expect(faultsOf(problem("programme-code-taken", { pointer: "/code" }))).toEqual({ "/code": ["已用", "taken"] });
    expect(faultsOf(problem("rhythm-too-often", { pointer: "/rules/1/rhythm" }))).toEqual({ "/rules/1/rhythm": ["已用", "taken"] });
  });

  it("says at each field that is not right what is wanted there", () => {
    const errors = [{ pointer: "/name", detail: "…" }, { pointer: "/valid_to", detail: "…" }];
    expect(faultsOf(problem("invalid", { pointer: "/name", errors }))).toEqual({ "/name": G.wrong, "/valid_to": G.toShape });
  });

  it("of the whole stands nowhere", () => {
    expect(faultsOf(problem("forbidden", {}))).toEqual({});
  });
});
