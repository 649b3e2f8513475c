/**
 * What a sensor says of itself, in the language of the page. The site writes some of it, the sensor the
 * rest: words of the standard are translated, a sensor's own free words stay as they came.
 */
import patterns from "../../../src/marsad/report/wording/sensor_notes.json";
import { type Language, type Piece, pieces, sharedTemplate } from "./wording";

/** The site's own sentences, as it writes them, with the keys of the catalogue that reports use too. */
const SITE: [RegExp, string][] = patterns.map(([pattern, key]) => [new RegExp(pattern), key]);

/** "clutter: heavy; weather": kinds of the standard, with or without the sensor's own words. */
const PART = /^([a-z ]+?)(?:: (.*))?$/s;

export function notePieces(language: Language, note: string): Piece[] {
  return note.split("; ").flatMap((part, place) => [...(place === 0 ? [] : [fixed("; ")]), ...partPieces(language, part)]);
}

function partPieces(language: Language, part: string): Piece[] {
  for (const [pattern, key] of SITE) {
    const match = pattern.exec(part);
    if (match !== null) return pieces(sharedTemplate(language, key) ?? part, match.groups ?? {});
  }
  const match = PART.exec(part);
  const label = match === null ? undefined : sharedTemplate(language, `sensor_status.${match[1].replaceAll(" ", "_")}`);
  if (match === null || label === undefined) return [free(part)];
  return match[2] === undefined ? [fixed(label)] : [fixed(`${label}: `), free(match[2])];
}

const fixed = (text: string): Piece => ({ text, inserted: false, figure: false });
const free = (text: string): Piece => ({ text, inserted: true, figure: false });
