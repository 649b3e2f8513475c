/** What can become of an object, and how the outcome of an attack agrees with that of its objects. */
import type { Incident, IncidentObject } from "../wire";

export type Outcome = Incident["outcome"];

/** Every outcome, in the order they are offered. */
export const OUTCOMES = ["stopped", "missed", "landed", "left", "false_alarm", "unknown"] as const satisfies readonly Outcome[];

const GRAVITY: readonly Outcome[] = ["unknown", "false_alarm", "left", "stopped", "missed", "landed"]; // as the register has it

/** What is recorded of an object; where nobody has said anything, what the site takes it for. */
export const presumed = (item: Pick<IncidentObject, "outcome" | "proposed">): Outcome => (item.outcome === "unknown" ? item.proposed : item.outcome);

/** Whether an object has come down within the site, by what somebody said or by where it was last seen. */
export const isDown = (item: Pick<IncidentObject, "outcome" | "proposed">): boolean => presumed(item) === "landed";

/**
 * What to propose for the attack: unknown where nothing is known or presumed of half of its objects or more, for one
 * that missed says nothing of nine that nobody has seen; else what its gravest object says, as the register asks.
 */
export function proposal(objects: Pick<IncidentObject, "outcome" | "proposed">[]): Outcome {
  const found = objects.map((item) => GRAVITY.indexOf(presumed(item)));
  const known = found.filter((weight) => weight > 0).length;
  if (2 * known <= objects.length) return "unknown";
  const worst = Math.max(...found);
  const recorded = objects.some((item) => item.outcome === GRAVITY[worst]);
  return recorded || known === objects.length ? GRAVITY[worst] : "unknown";
}

export type Disagreement = "milder" | "graver" | "unrecorded";

/** How an outcome chosen for the attack disagrees with what is recorded; unknown disagrees with nothing. */
export function disagreement(chosen: Outcome, objects: Pick<IncidentObject, "outcome">[]): Disagreement | null {
  if (chosen === "unknown" || objects.length === 0) return null;
  const worst = Math.max(...objects.map((item) => GRAVITY.indexOf(item.outcome)));
  const weight = GRAVITY.indexOf(chosen);
  if (weight < worst) return "milder";
  if (objects.some((item) => item.outcome === chosen)) return null;
  return worst > 0 ? "graver" : "unrecorded";
}
