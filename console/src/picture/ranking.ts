/** The order of the threat list and of the alarms. */
import type { Alarm, AlarmEnd, Track } from "../wire";

const HARMLESS: readonly Track["identity"][] = ["friend", "assumed_friend", "neutral"];

/** What is to be watched, and not an airliner or a friend passing by; at ALERT it is, whatever it calls itself. */
export function isThreat(track: Track): boolean {
  return track.level >= 2 || (track.level === 1 && !HARMLESS.includes(track.identity));
}

const REACHED_S = 0.5; // less is written 0:00

/** Whether its time has run out: nobody can be told any sooner, so it stands behind what has time left. */
export const isReached = (track: Track): boolean => track.time_to_impact_s !== null && track.time_to_impact_s < REACHED_S;

const DANGEROUS = 2;
const secondsOf = (track: Track): number => (track.time_to_impact_s === null ? Infinity : track.time_to_impact_s);
/** ALERT and WARN are of one kind here, WATCH and INFO keep to themselves. */
const kindOf = ({ level }: Track): number => Math.min(level, DANGEROUS);

/** Which of two tracks comes first. */
export function byUrgency(a: Track, b: Track): number {
  const kind = kindOf(b) - kindOf(a);
  const reached = Number(isReached(a)) - Number(isReached(b));
  const one = secondsOf(a);
  const other = secondsOf(b);
  return kind || reached || (one === other ? 0 : one - other) || b.level - a.level || b.score - a.score || a.track_id - b.track_id;
}

/**
 * What can still be told in time first: of all at ALERT or worse the one with the least time left, then level and
 * score; what is there already after them, and what is only watched last. Equals never change places.
 */
export function ranked(tracks: Iterable<Track>, all: boolean, most: number): { shown: Track[]; all: number } {
  const chosen: Track[] = [];
  for (const track of tracks) if (all || isThreat(track)) chosen.push(track);
  chosen.sort(byUrgency);
  return { shown: chosen.slice(0, most), all: chosen.length };
}

/** What an alarm counts down for: its object and the zone that this one reaches. */
export interface Nearest {
  track_id: number;
  class_name: string;
  zone_id: string;
}

const NEAREST = "alarm.track."; // the reason that names it, its class after it

/** The object that an alarm's time is of; null where nothing is heading there. */
export function nearestOf(alarm: Alarm): Nearest | null {
  const reason = alarm.reasons.find(({ code }) => code.startsWith(NEAREST));
  if (reason === undefined) return null;
  const { track_id, zone_id } = reason.arguments;
  return { track_id: Number(track_id), class_name: reason.code.slice(NEAREST.length), zone_id: String(zone_id) };
}

const isUnacknowledged = (alarm: Alarm): boolean => alarm.state !== "cleared" && alarm.acknowledged_t_ms === null;

/** Alarms nobody has acknowledged, in their order; what has passed waits for it too, until the all-clear. */
export function unacknowledged(alarms: Alarm[]): Alarm[] {
  return [...alarms.filter((one) => isUnacknowledged(one) && one.state === "active"), ...alarms.filter((one) => isUnacknowledged(one) && one.state !== "active")];
}

const AT_ONCE_MAX = 3; // so many are looked at in one glance

/** Whether to acknowledge so many by one press needs a question. */
export const asksFirst = (count: number): boolean => count > AT_ONCE_MAX;

/** Alarms that go on sounding: active, and acknowledged by nobody. */
export function sounding(alarms: Alarm[]): Alarm[] {
  return alarms.filter((alarm) => alarm.state === "active" && alarm.acknowledged_t_ms === null);
}

/** How many objects have joined an active alarm since it was acknowledged. */
export function newSince(alarm: Alarm): number {
  if (alarm.state !== "active" || alarm.acknowledged_t_ms === null) return 0;
  return Math.max(0, alarm.track_ids.length - alarm.acknowledged_count);
}

/** Other alarms of one alarm's objects alone: what was no danger was none to any zone. As the site has it. */
export function retractedWith(alarms: Alarm[], alarmId: string): Alarm[] {
  const meant = alarms.find((alarm) => alarm.alarm_id === alarmId);
  if (meant === undefined) return [];
  const tracks = new Set(meant.track_ids);
  return alarms.filter(
    (one) => one !== meant && one.stage <= meant.stage && one.raid_id === meant.raid_id && one.track_ids.every((id) => tracks.has(id)),
  );
}

/** All alarms that a retraction ended with one word, the one that was meant first: taken back, all of them stand again. */
export function endedTogether(ended: AlarmEnd[], alarmId: string): AlarmEnd[] {
  const retracted = ended.filter(({ how }) => how === "retracted");
  const meant = retracted.filter(({ alarm_id }) => alarm_id === alarmId).at(-1);
  if (meant === undefined) return [];
  return [meant, ...retracted.filter((one) => one !== meant && one.t_ms === meant.t_ms && one.raid_id === meant.raid_id)];
}

/** Active alarms before those that have passed, and of each what nobody has acknowledged first. */
const waitingOf = (alarm: Alarm): number => (alarm.state === "active" ? 0 : 2) + (isUnacknowledged(alarm) ? 0 : 1);

/** Open alarms as the banner has them: what nobody has acknowledged first, then as the site orders them. */
export function alarmOrder(alarms: Alarm[]): Alarm[] {
  const open = alarms.filter((alarm) => alarm.state !== "cleared");
  return [0, 1, 2, 3].flatMap((waiting) => open.filter((alarm) => waitingOf(alarm) === waiting));
}

const CLOSE_MS = 3000; // times left that differ by less are as good as equal: what they say changes every second

/** When the object that an alarm counts down for is there; Infinity where that is not known. */
const arrivalMs = ({ time_left, updated_t_ms }: Alarm): number => (time_left.likely_s === null ? Infinity : updated_t_ms + 1000 * time_left.likely_s);

/** What has time left, then what is reached, then what has no time. */
const turnOf = ({ time_left }: Alarm): number => (time_left.likely_s === null ? 2 : time_left.likely_s < REACHED_S ? 1 : 0);

/** Whether one alarm stands before another by more than what its time left changes from second to second. */
function standsBefore(one: Alarm, other: Alarm): boolean {
  const kind = waitingOf(one) - waitingOf(other) || other.stage - one.stage || turnOf(one) - turnOf(other);
  return kind !== 0 ? kind < 0 : turnOf(one) === 0 && arrivalMs(one) < arrivalMs(other) - CLOSE_MS;
}

/**
 * The order of the banner, wished anew with every picture, but without cards that change places each second: one moves
 * before another only where it is of another kind or its object is there more than 3 s sooner.
 *
 * before   the alarms in the order in which they stood
 */
export function steadyOrder(before: readonly string[], wished: Alarm[]): Alarm[] {
  const place = new Map(before.map((id, at) => [id, at]));
  const known = wished.filter(({ alarm_id }) => place.has(alarm_id)).sort((a, b) => place.get(a.alarm_id)! - place.get(b.alarm_id)!);
  const left = [...known];
  wished.forEach((alarm, at) => {
    if (place.has(alarm.alarm_id)) return;
    const next = wished.slice(at + 1).find((later) => left.includes(later));
    left.splice(next === undefined ? left.length : left.indexOf(next), 0, alarm);
  });
  const order: Alarm[] = [];
  while (left.length > 0) {
    const first = left.findIndex((one) => !left.some((other) => standsBefore(other, one)));
    order.push(...left.splice(Math.max(0, first), 1));
  }
  return order;
}

/** The worst stage that is among some alarms; what has passed is of none. */
export const worstStage = (alarms: Alarm[]): number => alarms.reduce((worst, one) => (one.state === "active" ? Math.max(worst, one.stage) : worst), 0);

/** An object that is still coming: for which zone, and how long it takes, s at the picture's time. */
export interface Coming {
  track: Track;
  zone_id: string | null;
  time_s: number | null;
}

/** What is still coming for a zone, "" for any, soonest first: what its active alarms name and what is itself judged alert or worse. */
export function coming(tracks: Map<number, Track>, alarms: Alarm[], zoneId: string): Coming[] {
  const ofZone = (id: string | null): boolean => zoneId === "" || id === zoneId;
  const named = new Set(alarms.filter((alarm) => alarm.state === "active" && ofZone(alarm.zone_id)).flatMap(seenOf));
  const found: Coming[] = [];
  for (const track of tracks.values()) {
    // the most dangerous zone is the track's own; the others are with its reasons
    const other = zoneId === "" || track.zone_id === zoneId ? undefined : track.detail?.zones.find((zone) => zone.zone_id === zoneId);
    const threatens = ofZone(track.zone_id) ? track.level >= 2 : other !== undefined && other.level >= 2;
    if (!threatens && !named.has(track.track_id)) continue;
    found.push({ track, zone_id: other?.zone_id ?? track.zone_id, time_s: other === undefined ? track.time_to_impact_s : other.time_to_impact_s });
  }
  return found.sort((a, b) => (a.time_s ?? Infinity) - (b.time_s ?? Infinity) || a.track.track_id - b.track.track_id);
}

/** The active objects of an alarm but for those that were lost with their sensors: of these nothing says that they come. */
const seenOf = (alarm: Alarm): number[] => {
  const gone = new Set(alarm.lost.map((one) => one.track_id));
  return alarm.active_ids.filter((id) => !gone.has(id));
};

/** An object that was lost with its sensors while it was dangerous: it may still be coming, and nobody would see it. */
export interface Lost {
  track_id: number;
  zone_ids: string[];
  last_t_ms: number;
}

/** What was lost with its sensors on the way to a zone, "" for any, and is not known to come still; the longest unseen first. */
export function lost(alarms: Alarm[], zoneId: string, known: Coming[]): Lost[] {
  const comes = new Set(known.map(({ track }) => track.track_id));
  const found = new Map<number, Lost>();
  for (const alarm of alarms.filter(({ state }) => state === "active")) {
    for (const { track_id, zone_id, last_t_ms } of alarm.lost) {
      if (comes.has(track_id) || !["", zone_id, alarm.zone_id].includes(zoneId)) continue;
      const one = found.get(track_id) ?? { track_id, zone_ids: [], last_t_ms };
      found.set(track_id, { track_id, zone_ids: [...new Set([...one.zone_ids, zone_id])], last_t_ms: Math.max(one.last_t_ms, last_t_ms) });
    }
  }
  return [...found.values()].sort((a, b) => a.last_t_ms - b.last_t_ms || a.track_id - b.track_id);
}

/** What the map shows of a zone: the worst stage of its active alarms; passed where none is active but one waits for the all-clear. */
export interface ZoneState {
  stage: number;
  passed: boolean;
}

/** The state of each zone that has an open alarm. */
export function zoneStates(alarms: Alarm[]): Map<string, ZoneState> {
  const states = new Map<string, ZoneState>();
  for (const alarm of alarms) {
    if (alarm.state === "cleared") continue;
    const active = alarm.state === "active" ? alarm.stage : 0;
    const stage = Math.max(states.get(alarm.zone_id)?.stage ?? 0, active);
    states.set(alarm.zone_id, { stage, passed: stage === 0 });
  }
  return states;
}
