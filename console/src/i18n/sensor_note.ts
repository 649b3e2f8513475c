/**
 * What a sensor says of itself, in the language of the page. The site writes some of it, the sensor the
 * rest: words of the standard are translated, a sensor's own free words stay as they came.
 */
import { type Key, labelOf, type Language, type Piece, pieces, template } from "./wording";

/** The site's own sentences, as its feeds write them. */
const SITE: [RegExp, Key][] = [
  [/^connection closed$/, "sensorNote.closed"],
  [/^no line yet$/, "sensorNote.noLineYet"],
  [/^no line for (?<seconds>\S+) s$/, "sensorNote.noLine"],
  [/^forgotten to make room$/, "sensorNote.forgotten"],
  [/^silent for more than (?<count>\d+) status intervals$/, "sensorNote.silent"],
  [/^no status report for (?<count>\d+) intervals$/, "sensorNote.noStatus"],
];

/** "clutter: heavy; weather": kinds of the standard, with or without the sensor's own words. */
const PART = /^([a-z ]+?)(?:: (.*))?$/s;

export function notePieces(language: Language, note: string): Piece[] {
  for (const [pattern, key] of SITE) {
    const match = pattern.exec(note);
    if (match !== null) return pieces(template(language, key), match.groups ?? {});
  }
  return note.split("; ").flatMap((part, place) => [...(place === 0 ? [] : [fixed("; ")]), ...partPieces(language, part)]);
}

function partPieces(language: Language, part: string): Piece[] {
  const match = PART.exec(part);
  if (match === null) return [free(part)];
  const code = match[1].replaceAll(" ", "_");
  const label = labelOf(language, "sensorStatus", code);
  if (label === code) return [free(part)];
  return match[2] === undefined ? [fixed(label)] : [fixed(`${label}: `), free(match[2])];
}

const fixed = (text: string): Piece => ({ text, inserted: false, figure: false });
const free = (text: string): Piece => ({ text, inserted: true, figure: false });
