/**
 * Sentences in two languages. The console's own words are in en.json and ar.json; the sentences of
 * reasons are those of the report, taken from the Python package when the console is built.
 */
import type { Reason } from "../wire";
import arabic from "./ar.json";
import english from "./en.json";
import { fixed } from "./numbers";

export type Language = "ar" | "en";
export type Arguments = Record<string, number | string>;
export type Key = keyof typeof english;

/** A sentence in pieces: fixed words and inserted values, which the page isolates with <bdi>. */
export interface Piece {
  text: string;
  inserted: boolean;
}

type Catalogue = Record<string, string>;

const own: Record<Language, Catalogue> = { ar: arabic, en: english };
const files = import.meta.glob<Catalogue>("../../../src/marsad/report/wording/*/*.json", {
  eager: true,
  import: "default",
});

const reasons: Record<Language, Catalogue> = { ar: {}, en: {} };
for (const [path, catalogue] of Object.entries(files)) {
  const language = path.includes("/ar/") ? "ar" : "en";
  Object.assign(reasons[language], catalogue);
}

const PLACEHOLDER = /\{(\w+)(?::\.(\d+)f)?\}/g;

/** The pieces of a template such as "Closing for {duration_s:.0f} s"; a missing value shows as "?". */
export function pieces(template: string, values: Arguments): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of template.matchAll(PLACEHOLDER)) {
    if (match.index > end) found.push({ text: template.slice(end, match.index), inserted: false });
    found.push({ text: shown(values[match[1]], match[2]), inserted: true });
    end = match.index + match[0].length;
  }
  if (end < template.length) found.push({ text: template.slice(end), inserted: false });
  return found;
}

function shown(value: number | string | undefined, decimals: string | undefined): string {
  if (value === undefined) return "?";
  if (typeof value === "string") return value;
  return decimals === undefined ? String(value) : fixed(value, Number(decimals));
}

/** The template of one of the console's own keys. */
export function template(language: Language, key: Key): string {
  return own[language][key];
}

/** One of the console's own keys whose last part comes from data; the code itself if there is none. */
export function labelOf(language: Language, group: string, code: string): string {
  return own[language][`${group}.${code}`] ?? code;
}

const ISOLATE = "\u2068";
const END_ISOLATE = "\u2069";

/** A sentence as plain text, for attributes and titles; inserted values are isolated by characters. */
export function plain(language: Language, key: Key, values: Arguments = {}): string {
  return pieces(template(language, key), values)
    .map((piece) => (piece.inserted ? ISOLATE + piece.text + END_ISOLATE : piece.text))
    .join("");
}

/** The sentence of a reason; a code without a sentence is shown as it is, with its values. */
export function reasonPieces(language: Language, reason: Reason, name: (key: string, value: string) => string): Piece[] {
  const sentence = reasons[language][reason.code];
  const values: Arguments = {};
  for (const [key, value] of Object.entries(reason.arguments)) {
    values[key] = typeof value === "string" ? name(key, value) : value;
  }
  if (sentence !== undefined) return pieces(sentence, values);
  const listed = Object.entries(values).map(([key, value]) => `${key}=${value}`);
  return [{ text: [reason.code, ...listed].join(" "), inserted: true }];
}
