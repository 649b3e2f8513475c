/**
 * Why somebody takes something back: prepared reasons, which go out in the language of whoever hears them, and a field
 * for other words, which go out as they are written and marked as such. The value is the key of a prepared reason, or
 * the words.
 */
import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import { sharedTemplate } from "../i18n/wording";
import { usePreferences } from "../preferences";
import { Say } from "./words";

export const REASON_MAX = 500;

const PREPARED = {
  all_clear: ["still_coming", "seen_again", "not_searched", "unexploded", "other_zone", "mistake"],
  retract: ["own_drone", "air_traffic", "not_a_drone", "sensor", "mistake"],
} as const;

export type Taken = keyof typeof PREPARED;

interface Properties {
  of: Taken;
  value: string;
  onChange: (reason: string) => void;
  /** What the field for other words is called. */
  label: string;
}

export function PreparedReasons({ of, value, onChange, label }: Properties): ReactNode {
  const { language } = usePreferences();
  const keys = PREPARED[of].map((code) => `prepared.${of}.${code}`);
  const isPrepared = keys.includes(value);
  return (
    <div className="prepared-reasons" role="group" aria-label={label}>
      {keys.map((key) => (
        <Button key={key} className={key === value ? "small chosen" : "small"} data-reason={key} aria-pressed={key === value} onPress={() => onChange(key === value ? "" : key)}>
          {sharedTemplate(language, key) ?? key}
        </Button>
      ))}
      <input dir="auto" maxLength={REASON_MAX} aria-label={label} placeholder={label} value={isPrepared ? "" : value} onChange={(event) => onChange(event.target.value)} />
      {isPrepared || value.trim() === "" ? null : (
        <small className="muted">
          <Say it="prepared.asWritten" />
        </small>
      )}
    </div>
  );
}
