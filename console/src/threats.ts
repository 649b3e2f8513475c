/** The kinds of intruder that coverage is asked about. */
import type { CoverageMap } from "./wire";

export type ThreatKind = CoverageMap["threat"];
export const THREATS: ThreatKind[] = ["multirotor", "fixed_wing", "one_way", "hovering", "rocket"];
