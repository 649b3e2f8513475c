import { describe, expect, it } from "vitest";
import type { SecurityLine } from "../wire";
import { becameOf, EVERYTHING, fitting } from "./security";

const T_MS = Date.UTC(2026, 10, 27, 18, 30, 30); // 21:30:30 at the site
const OFFSET_S = 10_800;
const line = (change: Partial<SecurityLine>): SecurityLine => ({ t_ms: T_MS, what: "signed-in", by: "Layla", of: "operator", address: "10.0.0.5", count: 1, was: "", became: "", ...change });
const LINES = [line({}), line({ what: "sign-in-failed", by: "", of: "", address: "10.0.0.66", t_ms: T_MS - 3_600_000 }), line({ what: "account", by: "", of: "Omar", was: "viewer", became: "operator" })];
const found = (change: Partial<typeof EVERYTHING>): string[] =>
  fitting(LINES, { ...EVERYTHING, ...change }, OFFSET_S, (one) => (one.what === "signed-in" ? "تسجيل دخول" : "")).map((one) => one.what);

describe("the security log", () => {
  it("is looked through by kind, by every word and by what a line is called", () => {
    expect(found({})).toEqual(["signed-in", "sign-in-failed", "account"]);
    expect(found({ kind: "failure" })).toEqual(["sign-in-failed"]);
    expect(found({ words: "layla 10.0.0.5" })).toEqual(["signed-in"]);
    expect(found({ words: "تسجيل" })).toEqual(["signed-in"]);
    expect(found({ words: "layla omar" })).toEqual([]);
  });

  it("is looked through by the site's clock, with the minute that is named last", () => {
    expect(found({ from: "2026-11-27T21:30" })).toEqual(["signed-in", "account"]);
    expect(found({ until: "2026-11-27T21:30" })).toHaveLength(3);
    expect(found({ until: "2026-11-27T21:29" })).toEqual(["sign-in-failed"]);
  });

  it("says what became of an account, and leaves what an earlier release wrote", () => {
    const became = (was: string, now: string): unknown => becameOf(line({ what: "account", was, became: now }));
    expect([became("", "viewer"), became("viewer", ""), became("viewer", "viewer"), became("viewer", "operator"), became("", "")]).toEqual(["made", "gone", "password", "role", null]);
    expect(becameOf(line({}))).toBeNull();
  });
});
