/**
 * Sentences in two languages. The console's own words are in en.json and ar.json; the sentences of
 * reasons are those of the report, taken from the Python package when the console is built.
 */
import type { Reason } from "../wire";
import arabic from "./ar.json";
import english from "./en.json";
import { fixed, timeLeft } from "./numbers";

export type Language = "ar" | "en";
export type Arguments = Record<string, number | string>;
export type Key = keyof typeof english;

/**
 * A sentence in pieces: fixed words and inserted values, which the page isolates with <bdi>. A figure
 * is written left to right in either language, with its sign, its degrees and its error.
 */
export interface Piece {
  text: string;
  inserted: boolean;
  figure: boolean;
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

const PLACEHOLDER = /\{(\w+)(?::(?:\.(\d+)f|m:ss))?\}/g;
const ONE = "\\{\\w+(?::(?:\\.\\d+f|m:ss))?\\}[°%٪]?";
/** A placeholder with what belongs to its figure: "± {x}", "{x}°", "{x}° (± {y})", "{x}–{y}". */
const INSERTED = new RegExp(`(?:±\\s?)?${ONE}(?:\\s?\\(±\\s?${ONE}\\)|\\s?[±–]\\s?${ONE})?`, "g");
const MINUTES = ":m:ss}";
const LETTER = /\p{L}/u;
const DIGIT = /\p{N}/u;

/** The pieces of a template such as "Closing for {duration_s:.0f} s"; a missing value shows as "?". */
export function pieces(template: string, values: Arguments): Piece[] {
  const found: Piece[] = [];
  const fixed = (text: string): void => {
    if (text !== "") found.push({ text, inserted: false, figure: false });
  };
  let end = 0;
  for (const match of template.matchAll(INSERTED)) {
    fixed(template.slice(end, match.index));
    const text = match[0].replace(PLACEHOLDER, (whole, name: string, decimals: string | undefined) => shown(values[name], whole.endsWith(MINUTES) ? MINUTES : decimals));
    found.push({ text, inserted: true, figure: DIGIT.test(text) && !LETTER.test(text) });
    end = match.index + match[0].length;
  }
  fixed(template.slice(end));
  return found;
}

function shown(value: number | string | undefined, decimals: string | undefined): string {
  if (value === undefined) return "?";
  if (typeof value === "string") return value;
  if (decimals === MINUTES) return timeLeft(value);
  return decimals === undefined ? String(value) : fixed(value, Number(decimals));
}

/** The template of one of the console's own keys. */
export function template(language: Language, key: Key): string {
  return own[language][key];
}

/** A sentence of the catalogue that the console shares with reports and terminal, if there is one. */
export function sharedTemplate(language: Language, key: string): string | undefined {
  return reasons[language][key];
}

/** The words for a code that comes from data, the console's own or those of reports; the code itself if there are none. */
export function labelOf(language: Language, group: string, code: string): string {
  return own[language][`${group}.${code}`] ?? reasons[language][`${group}.${code}`] ?? code;
}

const rules: Record<Language, Intl.PluralRules> = { ar: new Intl.PluralRules("ar"), en: new Intl.PluralRules("en") };

/** The template that fits a number: "alarm.more.one" for one, "alarm.more" where there is no form of its own. */
export function countedTemplate(language: Language, key: Key, count: number): string {
  return own[language][`${key}.${rules[language].select(count)}`] ?? own[language][key];
}

/** Whether the catalogue has a word for a code that comes from data. */
export function hasLabel(group: string, code: string): boolean {
  return `${group}.${code}` in english;
}

const LEFT_TO_RIGHT = "\u2066";
const ISOLATE = "\u2068";
const END_ISOLATE = "\u2069";

/** A sentence as plain text, for attributes and titles; inserted values are isolated by characters. */
export function plain(language: Language, key: Key, values: Arguments = {}): string {
  return pieces(template(language, key), values)
    .map((piece) => (piece.inserted ? (piece.figure ? LEFT_TO_RIGHT : ISOLATE) + piece.text + END_ISOLATE : piece.text))
    .join("");
}

const OF_THE_CATALOGUE = ["checklist.", "report.outcome.", "prepared."];

/** What a reason calls an item of the checklist, an outcome, or a reason that was prepared. */
const ofTheCatalogue = (language: Language, value: string): string | undefined =>
  OF_THE_CATALOGUE.some((start) => value.startsWith(start)) ? reasons[language][value] : undefined;

/** The sentence of a reason; a code without a sentence is shown as it is, with its values. */
export function reasonPieces(language: Language, reason: Reason, name: (key: string, value: string) => string): Piece[] {
  const sentence = reasons[language][reason.code];
  const values: Arguments = {};
  for (const [key, value] of Object.entries(reason.arguments)) {
    values[key] = typeof value === "string" ? (ofTheCatalogue(language, value) ?? name(key, value)) : value;
  }
  if (sentence !== undefined) return pieces(sentence, values);
  const listed = Object.entries(values).map(([key, value]) => `${key}=${value}`);
  return [{ text: [reason.code, ...listed].join(" "), inserted: true, figure: false }];
}
