/** The security log as it is looked through: by kind, by words, by time. Pure. */
import { timeOf } from "./declaring";
import type { SecurityLine } from "../wire";

export const KINDS = ["all", "sign-in", "failure", "account", "report", "site"] as const;
export type SecurityKind = (typeof KINDS)[number];

/** What is looked for; times are those of a field of the form, by the site's clock, "" for none. */
export interface Sought {
  kind: SecurityKind;
  words: string;
  from: string;
  until: string;
}

export const EVERYTHING: Sought = { kind: "all", words: "", from: "", until: "" };

const KIND_OF: Record<SecurityLine["what"], Exclude<SecurityKind, "all">> = {
  "signed-in": "sign-in",
  "signed-out": "sign-in",
  "session-ended": "sign-in",
  "session-expired": "sign-in",
  "sign-in-failed": "failure",
  "sign-in-slowed": "failure",
  "token-wrong": "failure",
  refused: "failure",
  account: "account",
  "report-read": "report",
  crowd: "failure",
  "record-damaged": "failure",
  started: "site",
  settings: "site",
};

const MINUTE_MS = 60_000;

/**
 * The lines that fit, in their order.
 *
 * offsetS  of the site's clock from UTC; text gives what a line says beside its names and address
 */
export function fitting(lines: SecurityLine[], sought: Sought, offsetS: number, text: (line: SecurityLine) => string): SecurityLine[] {
  const words = sought.words.trim().toLocaleLowerCase().split(/\s+/).filter((word) => word !== "");
  const fromMs = timeOf(sought.from, offsetS);
  const untilMs = timeOf(sought.until, offsetS);
  return lines.filter((line) => {
    if (sought.kind !== "all" && KIND_OF[line.what] !== sought.kind) return false;
    if (line.t_ms < fromMs) return false; // false where no time was named
    if (line.t_ms >= untilMs + MINUTE_MS) return false; // the minute that is named is in it
    const said = [line.by, line.of, line.address, text(line)].join("\n").toLocaleLowerCase();
    return words.every((word) => said.includes(word));
  });
}

/** Which sentence says what became of an account; null where the line is none, or an earlier release wrote it. */
export function becameOf(line: SecurityLine): "made" | "gone" | "role" | "password" | null {
  if (line.what !== "account" || (line.was === "" && line.became === "")) return null;
  if (line.was === "") return "made";
  if (line.became === "") return "gone";
  return line.was === line.became ? "password" : "role";
}
