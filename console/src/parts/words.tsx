/** Words and numbers on the page. */
import { Fragment, type ReactNode } from "react";
import { useConsole } from "../context";
import {
  type Arguments,
  countedTemplate,
  type Key,
  labelOf,
  type Language,
  type Piece,
  pieces,
  plain,
  reasonPieces,
  template,
} from "../i18n/wording";
import { age } from "../i18n/numbers";
import { usePreferences } from "../preferences";
import type { Reason, SiteInfo } from "../wire";
import { told } from "./zone_name";

export function Pieces({ of }: { of: Piece[] }): ReactNode {
  return of.map((piece, place) =>
    piece.inserted ? (
      <bdi key={place} dir={piece.figure ? "ltr" : undefined}>
        {piece.text}
      </bdi>
    ) : (
      <Fragment key={place}>{piece.text}</Fragment>
    ),
  );
}

/** One of the console's own sentences. */
export function Say({ it, ...values }: { it: Key } & Arguments): ReactNode {
  const { language } = usePreferences();
  return <Pieces of={pieces(template(language, it), values)} />;
}

/** A sentence that counts: its form follows the number, as the language has it. */
export function Counted({ it, count }: { it: Key; count: number }): ReactNode {
  const { language } = usePreferences();
  return <Pieces of={pieces(countedTemplate(language, it, count), { count })} />;
}

/** A word for a code that comes from data, such as an identity. */
export function Label({ group, code }: { group: string; code: string | number }): ReactNode {
  const { language } = usePreferences();
  return labelOf(language, group, String(code));
}

/** Sentences as plain text, for attributes. */
export function usePlain(): (key: Key, values?: Arguments) => string {
  const { language } = usePreferences();
  return (key, values) => plain(language, key, values);
}

/** Ages in words of the language of the page: "45 s", "14 min". */
export function useAge(): (ageS: number) => string {
  const { language } = usePreferences();
  return (ageS) => {
    const { count, unit } = age(ageS);
    return `${count}\u00a0${template(language, `unit.${unit}`)}`;
  };
}

const BETWEEN = ", ";
export const LOCAL_OPERATOR = "local operator"; // the name the server gives where nobody signs in

/** What people call a person, a post or a sensor in the language of the page; as it came where nobody has said. */
export function useCalled(): (text: string) => string {
  const { site } = useConsole();
  const { language } = usePreferences();
  const one = (text: string): string => {
    if (text === LOCAL_OPERATOR) return template(language, "bar.localOperator");
    const name = site.names.find((candidate) => candidate.of === text);
    if (name === undefined) return text;
    return language === "ar" ? name.name_ar : name.name_en;
  };
  // two who released an alarm together are in the record as "A, B"
  return (text) => (text.includes(BETWEEN) ? text.split(BETWEEN).map(one).join(language === "ar" ? "، " : BETWEEN) : one(text));
}

/** The name of a zone in the language of the page; an alarm of no one zone is the whole site's. */
export function zoneName(site: SiteInfo, zoneId: string, language: Language): string {
  const zone = zoneId === "" ? site : site.zones.find((candidate) => candidate.zone_id === zoneId);
  if (zone === undefined) return zoneId;
  return language === "ar" ? zone.name_ar : zone.name_en;
}

/** What people call a procedure in the language of the page. */
export function procedureName(site: SiteInfo, procedureId: string, language: Language): string {
  const procedure = site.procedures.find((candidate) => candidate.procedure_id === procedureId);
  if (procedure === undefined) return procedureId;
  return language === "ar" ? procedure.name_ar : procedure.name_en;
}

/** A zone's name with the word first that tells it from its neighbours. */
export function ZoneTitle({ id }: { id: string }): ReactNode {
  const { site } = useConsole();
  const { language } = usePreferences();
  const name = zoneName(site, id, language);
  const others = site.zones.filter((zone) => zone.zone_id !== id).map((zone) => zoneName(site, zone.zone_id, language));
  const { own, shared } = told(name, others);
  if (shared === "" || language !== "ar") return <bdi>{name}</bdi>; // English has that word first by itself
  return (
    <bdi>
      <span className="shared">{shared}</span> {own}
    </bdi>
  );
}

export function Zone({ id }: { id: string }): ReactNode {
  const { site } = useConsole();
  const { language } = usePreferences();
  return <bdi>{zoneName(site, id, language)}</bdi>;
}

const NAMED = new Set(["sensor", "holder", "to", "people", "deputies"]);
const GROUP_OF_ARGUMENT: Record<string, string> = {
  class: "class",
  class_name: "class",
  identity: "identity",
  outcome: "outcome",
  health: "health",
  kind: "kind",
  level: "level",
  stage: "level",
};

/** The sentence of a reason. */
export function Because({ reason }: { reason: Reason }): ReactNode {
  const { site } = useConsole();
  const { language } = usePreferences();
  const called = useCalled();
  const name = (key: string, value: string): string => {
    if (key === "zone" || key === "zone_id") return zoneName(site, value, language);
    if (NAMED.has(key) || value.startsWith("checklist.")) return called(value);
    if (key === "procedure_id") return procedureName(site, value, language);
    const group = GROUP_OF_ARGUMENT[key];
    return group === undefined ? value : labelOf(language, group, value);
  };
  return <Pieces of={reasonPieces(language, reason, name)} />;
}

/** A number, isolated from the direction of the text around it, with its unit. */
export function Quantity({ value, unit }: { value: string; unit?: Key }): ReactNode {
  return (
    <span className="quantity">
      <bdi className="number" dir="ltr">
        {value}
      </bdi>
      {unit === undefined ? null : (
        <span className="unit">
          <Say it={unit} />
        </span>
      )}
    </span>
  );
}
