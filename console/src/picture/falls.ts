/** What falls: how many rounds, when the first and the last come down, and which zones they may hit. Pure. */
import type { Impact } from "../wire";

/** A zone that rounds may come down in; probability that one of them does, times of the site's clock. */
export interface ZoneRisk {
  zoneId: string;
  probability: number;
  rounds: number;
  soonestMs: number | null;
  level: 0 | 1 | 2 | 3;
}

export interface Falls {
  rounds: number;
  firstMs: number | null;
  lastMs: number | null;
  /** The gravest first, of these what comes first. */
  zones: ZoneRisk[];
  /** What is not known of any of them. */
  doubts: Impact["doubts"];
  /** Rounds whose place is not predicted. */
  unplaced: number;
}

const DOWN_MS = 3_000; // so long after its time a round is not told of any more: its place tells of itself

/** Those that are still in the air, as far as their predicted time says so. */
export const falling = (impacts: Impact[], nowMs: number): Impact[] => impacts.filter(({ t_ms }) => t_ms === null || t_ms > nowMs - DOWN_MS);

export function fallsOf(impacts: Impact[], nowMs: number): Falls {
  const up = falling(impacts, nowMs);
  const times = up.flatMap(({ t_ms }) => (t_ms === null ? [] : [t_ms]));
  return {
    rounds: up.length,
    firstMs: times.length === 0 ? null : Math.min(...times),
    lastMs: times.length === 0 ? null : Math.max(...times),
    zones: zonesOf(up),
    doubts: [...new Set(up.flatMap(({ doubts }) => doubts))].sort(),
    unplaced: up.filter(({ place }) => place === null).length,
  };
}

function zonesOf(impacts: Impact[]): ZoneRisk[] {
  const found = new Map<string, ZoneRisk>();
  for (const { t_ms, zones } of impacts) {
    for (const { zone_id, hit_probability, level } of zones) {
      const known = found.get(zone_id) ?? { zoneId: zone_id, probability: 0, rounds: 0, soonestMs: null, level: 0 };
      found.set(zone_id, {
        zoneId: zone_id,
        // of several rounds, that one of them hits: each errs by itself
        probability: 1 - (1 - known.probability) * (1 - hit_probability),
        rounds: known.rounds + 1,
        soonestMs: t_ms === null ? known.soonestMs : Math.min(t_ms, known.soonestMs ?? Infinity),
        level: level > known.level ? level : known.level,
      });
    }
  }
  return [...found.values()].sort((a, b) => b.level - a.level || (a.soonestMs ?? Infinity) - (b.soonestMs ?? Infinity) || b.probability - a.probability || (a.zoneId < b.zoneId ? -1 : 1));
}

/** As people read a probability: whole percent, and what is less than one as that. */
export function percent(probability: number): string {
  const whole = Math.round(100 * probability);
  return whole < 1 ? "<1 %" : whole > 99 ? ">99 %" : `${whole} %`;
}

/** The gravest level that an impact has for any zone. */
export const levelOf = ({ zones }: Impact): 0 | 1 | 2 | 3 => zones.reduce<0 | 1 | 2 | 3>((worst, { level }) => (level > worst ? level : worst), 0);
