// Generated from src/marsad/wire by `python -m marsad.server.schema`. Do not edit.

export const WIRE_VERSION = 1;

/** Where and when something came down as somebody entered it, beside the last prediction of its round. track_id, predicted_place, predicted_t_ms and apart_m, metres between the two, are None where it belongs to no round that was seen, or that was predicted; alarm_id is "" where no alarm told of it. */
export interface ActualImpact {
  t_ms: number;
  place: Place;
  note: string;
  by: string;
  entered_t_ms: number;
  alarm_id: string;
  track_id: number | null;
  predicted_place: Place | null;
  predicted_t_ms: number | null;
  apart_m: number | null;
}

/** One growing alarm per raid, zone and stage; last_active_t_ms: a track fulfilled its rule last. track_ids are as many as came so far. lie_down: there is no time to run. impact_t_ms: when the last of its rockets is predicted to come down, None where there are none; all_clear_from_t_ms: before then no all-clear is accepted for its zone, None where one is at any time. lost: those of the active that may still be coming, and that nobody can see. */
export interface Alarm {
  alarm_id: string;
  raid_id: string;
  zone_id: string;
  stage: 0 | 1 | 2 | 3;
  state: "active" | "passed" | "cleared";
  opened_t_ms: number;
  updated_t_ms: number;
  track_ids: number[];
  active_ids: number[];
  time_left: TimeLeft;
  reasons: Reason[];
  acknowledged_t_ms: number | null;
  acknowledged_by: string;
  acknowledged_count: number;
  last_active_t_ms: number | null;
  lie_down: boolean;
  impact_t_ms: number | null;
  all_clear_from_t_ms: number | null;
  lost: LostObject[];
}

/** How an alarm ended that a person ended; words: why, where it was retracted. */
export interface AlarmEnd {
  alarm_id: string;
  raid_id: string;
  zone_id: string;
  stage: 0 | 1 | 2 | 3;
  how: "all_clear" | "retracted";
  t_ms: number;
  words: string;
}

/** An outcome corrected after closing; track_id None: that of the incident as a whole. */
export interface Amendment {
  t_ms: number;
  by: string;
  track_id: number | null;
  before: "unknown" | "stopped" | "missed" | "landed" | "left" | "false_alarm";
  after: "unknown" | "stopped" | "missed" | "landed" | "left" | "false_alarm";
  reason: string;
}

/** One node that wants to speak on a feed and may not. reports counts what of it was refused; by is who refused it, "" where nobody has, or that is not known. */
export interface Asker {
  feed: string;
  node_id: string;
  name: string;
  kind: "radar" | "radio_frequency" | "camera" | "acoustic" | "adsb" | "remote_id" | "fusion" | "other";
  address: string;
  asking: "asks" | "refused" | "claims";
  first_t_ms: number;
  last_t_ms: number;
  reports: number;
  by: string;
}

/** Who decides what; confirmed_on is a day such as "2026-11-20", "" where nobody has confirmed it. */
export interface AuthorityCard {
  people: CardPerson[];
  duties: CardDuty[];
  confirmed_on: string;
  confirmed_by: string;
}

/** How far a sensor is off in one quantity, in m, degrees or s; sigma is the estimate's error. applied: its reports are corrected by it; large: surely so large that somebody should look. */
export interface Bias {
  quantity: "range" | "azimuth" | "elevation" | "clock";
  value: number;
  sigma: number;
  applied: boolean;
  large: boolean;
}

/** One decision: who takes it, and who stands in; zone_ids and stages are empty where it is about all. */
export interface CardDuty {
  decides: "see" | "record" | "card" | "watch" | "acknowledge" | "classify" | "flights" | "release" | "countersign" | "end" | "document" | "admit" | "drill" | "confirm" | "security" | "settings";
  zone_ids: string[];
  stages: string[];
  people: string[];
  deputies: string[];
}

/** Somebody on the authority card; phone is "" where none is given. */
export interface CardPerson {
  name: string;
  post_en: string;
  post_ar: string;
  phone: string;
}

/** Counts mean something where the status is confirmed or unconfirmed. */
export interface Casualties {
  status: "unknown" | "unconfirmed" | "confirmed" | "none";
  killed: number;
  injured: number;
}

/** What a track says of itself; "" and None where it has not said. distress: what its transponder code calls for; navigation_integrity, navigation_accuracy: NIC and NACp. */
export interface Claim {
  system: string;
  identifier: string;
  callsign: string;
  squawk: string;
  distress: "" | "unlawful_interference" | "radio_failure" | "emergency";
  alert: boolean | null;
  ident: boolean | null;
  on_ground: boolean | null;
  category: string;
  navigation_integrity: number | null;
  navigation_accuracy: number | null;
  source: "own" | "multilateration" | "relayed";
}

/** The machine's clock was set: when, by the clock as it is now, and the sentence for it. */
export interface ClockStep {
  t_ms: number;
  what: Reason;
}

/** Where a sensor sees; range_max_m is None where it is unlimited. */
export interface Coverage {
  range_min_m: number;
  range_max_m: number | null;
  azimuth_from_deg: number;
  azimuth_width_deg: number;
}

/** What is seen of an intruder at one height above the ground; height_m None where it says nothing. area: polygons of rings of [longitude_deg, latitude_deg]. warning_s: by sector, the first centred on north; None where what is asked about stands still. */
export interface CoverageBand {
  height_m: number | null;
  area: number[][][][];
  warning_s: number[] | null;
}

/** Bearings on which the warning is too short; label is where its name goes, area as in `CoverageBand`. */
export interface CoverageHole {
  what: Reason;
  from_deg: number;
  to_deg: number;
  height_m: number | null;
  warning_s: number | null;
  area: number[][][][];
  label: number[];
}

/** What the sensors of the site see now, all that live taken together, of one kind of intruder. sectors: the rings of the parts of a ring, one for each warning_s; labels: a place outside of it for every sixth. wanted_s: less warning than that is a hole. */
export interface CoverageMap {
  threat: "multirotor" | "fixed_wing" | "one_way" | "hovering" | "rocket";
  speed_mps: number;
  wanted_s: number;
  bands: CoverageBand[];
  holes: CoverageHole[];
  openings: CoverageOpening[];
  sectors: number[][][];
  labels: number[][];
}

/** A hole that is there because sensors are silent; since_t_ms None where none of them was ever heard. */
export interface CoverageOpening {
  what: Reason;
  since_t_ms: number | null;
  sensor_ids: string[];
}

/** What a person decided a track is, and why; flight_id: whose owner said so, or "". */
export interface Decision {
  identity: "pending" | "unknown" | "friend" | "assumed_friend" | "neutral" | "suspect" | "hostile";
  by: string;
  t_ms: number;
  why: "" | "own_drone" | "owner_confirmed" | "air_traffic" | "seen" | "not_a_drone" | "other";
  note: string;
  flight_id: string;
}

/** How late a sensor's reports come (median and 95th percentile, s), its clock corrected by shift_s. */
export interface Delay {
  latency_s: number;
  late_s: number;
  shift_s: number;
}

/** Where one announcement stands; reached_t_ms by state, those that it came to. first_plot_t_ms is by the sensor's own time, seen_t_ms, tracked_t_ms and alerted_t_ms by the site's: when it heard of what raised the alarm, was sure of it, found it dangerous, and its rule was fulfilled. said_to_be are names given on pages without a key, "" for none: of no known person. */
export interface Delivery {
  output_id: string;
  announcement_id: string;
  alarm_id: string;
  zone_id: string;
  stage: number;
  kind: "warning" | "update" | "passed" | "all_clear" | "retraction" | "test";
  state: "wanted" | "not_sent" | "sent" | "accepted" | "actuated" | "confirmed" | "too_late";
  ruled_t_ms: number;
  made_t_ms: number;
  expires_t_ms: number;
  reached_t_ms: Record<string, number>;
  is_drill: boolean;
  confirmed_by: string[];
  attempts: number;
  detail: string;
  code: string;
  said_to_be: string[];
  first_plot_t_ms: number | null;
  seen_t_ms: number | null;
  tracked_t_ms: number | null;
  alerted_t_ms: number | null;
  raised_t_ms: number | null;
}

/** What changed since the picture numbered from_sequence. motion holds the rows that changed; alarm_ids is the full order of alarms; trail, incident, counters, faults, notices, flights, flight_news, navigation, clock, overloads, utc_offset_ms, askers, telling, response, watch, excused, ended_alarms, all_clears, impacts and keep_outs are there only if they changed. A client whose own sequence is not from_sequence must ask for a snapshot. */
export interface Delta {
  kind: "delta";
  version: 1;
  sequence: number;
  from_sequence: number;
  server_t_ms: number;
  t_ms: number;
  motion: Motion;
  tracks: Track[];
  removed_track_ids: number[];
  alarms: Alarm[];
  alarm_ids: string[];
  sensors: Sensor[];
  removed_sensor_ids: string[];
  trail?: Trail | null;
  incident?: Incident | null;
  counters?: Record<string, number>;
  faults?: string[];
  notices?: string[];
  flights?: Flight[];
  flight_news?: FlightNews[];
  navigation?: Navigation | null;
  clock?: ClockStep | null;
  overloads?: Overload[];
  utc_offset_ms?: number;
  askers?: Asker[];
  telling?: Telling;
  response?: Response;
  watch?: OnWatch;
  excused?: Excused | null;
  ended_alarms?: AlarmEnd[];
  all_clears?: StandingAllClear[];
  impacts?: Impact[];
  keep_outs?: KeepOut[];
}

/** One drill of the outputs; by is empty where it was held by itself. */
export interface Drill {
  drill_id: string;
  by: string;
  begun_t_ms: number;
  until_t_ms: number;
  is_over: boolean;
  rows: DrillRow[];
}

/** An output in a drill; delivery null where it was not tried, as one that is not for drills never is. */
export interface DrillRow {
  output_id: string;
  standard: string;
  verdict: "waiting" | "passed" | "failed";
  delivery: Delivery | null;
  can_confirm: boolean;
  for_drills: boolean;
}

/** The newest drill, when the next is due, and when and why one that was due was not held. */
export interface Drilling {
  last: Drill | null;
  next_t_ms: number | null;
  skipped_t_ms: number | null;
  skipped: "alarm" | "absent";
}

/** One action of the checklist; due_t_ms and done_t_ms null where there is none. level 1 to 4. */
export interface Duty {
  item_id: string;
  text_key: string;
  owner: string;
  level: number;
  opened_t_ms: number;
  due_t_ms: number | null;
  done_t_ms: number | null;
  done_by: string;
  note: string;
}

/** One all-clear or retraction; zone_id "" is every zone, alarm_id the alarm that was retracted. */
export interface Ending {
  kind: "all_clear" | "retraction";
  zone_id: string;
  alarm_id: string;
  t_ms: number;
  taken_back_t_ms: number | null;
}

/** What was refused: a stable code and a sentence that quotes the datum. */
export interface ErrorReport {
  reason: string;
  detail: string;
}

/** How many tracks are not announced for a while, for a person ended their alarm; until when. */
export interface Excused {
  tracks: number;
  until_t_ms: number;
}

/** A statement with its status. */
export interface Fact {
  status: "unknown" | "unconfirmed" | "confirmed" | "none";
  text: string;
}

/** A declared flight; places are [latitude_deg, longitude_deg]; a time is None where it is open. extent_m is the radius of a circle and the whole width of a route; heights are above the site. phone is "" also for whoever may not ask the owner. */
export interface Flight {
  flight_id: string;
  name: string;
  operator: string;
  phone: string;
  kind: string;
  make: string;
  labels: string[];
  shape: "anywhere" | "circle" | "polygon" | "route";
  places: number[][];
  extent_m: number;
  low_m: number | null;
  high_m: number | null;
  from_t_ms: number | null;
  until_t_ms: number | null;
  remarks: string;
  source: string;
  state: "declared" | "active" | "ended" | "cancelled";
}

/** Something about a flight that everybody should hear once. */
export interface FlightNews {
  t_ms: number;
  what: Reason;
}

/** An authorised object. */
export interface Friend {
  label: string;
  name: string;
}

/** The server lives but has no newer picture. */
export interface Heartbeat {
  kind: "heartbeat";
  version: 1;
  sequence: number;
  server_t_ms: number;
}

/** Where and when a falling track is predicted to come down. The ellipse is one sigma of the place, orientation_deg the direction of its long axis from true north; zones: those in which it may come down, likeliest first. doubts: what is not known, which makes the ellipse wider. place and t_ms are None where it does not come down within the horizon. */
export interface Impact {
  track_id: number;
  t_ms: number | null;
  time_sigma_s: number | null;
  place: Place | null;
  semi_major_m: number | null;
  semi_minor_m: number | null;
  orientation_deg: number | null;
  zones: ZoneAtRisk[];
  doubts: ("wind" | "height" | "plots" | "flight")[];
}

/** How many flights a file declared. */
export interface Imported {
  flights: number;
}

/** One incident; the timeline keeps its newest entries, timeline_left_off says how many are not here. */
export interface Incident {
  incident_id: string;
  site_id: string;
  version: number;
  opened_t_ms: number;
  closed_t_ms: number | null;
  mode: "live" | "exercise" | "test";
  objects: IncidentObject[];
  warnings: IncidentWarning[];
  timeline: TimelineEntry[];
  timeline_left_off: number;
  outcome: "unknown" | "stopped" | "missed" | "landed" | "left" | "false_alarm";
  casualties: Casualties;
  damage: Fact;
  claim: Fact;
  accounted: boolean;
  closed_by: string;
  cleared_zone_ids: string[];
  endings: Ending[];
  amendments: Amendment[];
  impacts: ActualImpact[];
}

/** One object of an incident. */
export interface IncidentObject {
  track_ids: number[];
  class_name: string;
  first_t_ms: number;
  first_place: Place;
  first_range_m: number;
  first_bearing_deg: number;
  last_t_ms: number;
  last_place: Place;
  speed_mps: number;
  sensor_ids: string[];
  outcome: "unknown" | "stopped" | "missed" | "landed" | "left" | "false_alarm";
  outcome_t_ms: number | null;
  outcome_by: string;
  proposed: "unknown" | "stopped" | "missed" | "landed" | "left" | "false_alarm";
  reached_zone_id: string;
  reached_over: boolean;
  predicted_place: Place | null;
  predicted_t_ms: number | null;
}

/** A row of the list of incidents. */
export interface IncidentSummary {
  incident_id: string;
  site_id: string;
  version: number;
  opened_t_ms: number;
  closed_t_ms: number | null;
  mode: "live" | "exercise" | "test";
  objects: number;
  stopped: number;
  outcome: "unknown" | "stopped" | "missed" | "landed" | "left" | "false_alarm";
}

/** A zone that was warned, and how long before. */
export interface IncidentWarning {
  zone_id: string;
  stage: string;
  t_ms: number;
  lead_s: number | null;
  track_id: number | null;
}

/** Ground on which pieces come down of an object that broke up; proposed, with the reason in words. Nine pieces in ten come down within the ellipse, the last of them by until_t_ms; track_ids: the object, and its pieces. */
export interface KeepOut {
  track_ids: number[];
  t_ms: number;
  until_t_ms: number;
  place: Place;
  semi_major_m: number;
  semi_minor_m: number;
  orientation_deg: number;
  reason: Reason;
}

/** An object that was dangerous for a zone when it was seen last; its sensors have been lost since. */
export interface LostObject {
  track_id: number;
  zone_id: string;
  last_t_ms: number;
}

/** Columns of equal length, one entry per track. course_deg is the direction of travel over ground from true north; range_m and bearing_deg are seen from the site's reference point; the ellipse is one sigma of the horizontal position and orientation_deg the direction of its long axis from true north; up_sigma_m is one sigma of the height. up_m is above the plane through the site's reference point; above_sea_m above mean sea level; above_ground_m above the ground, None where its height is not known. */
export interface Motion {
  track_id: number[];
  latitude_deg: number[];
  longitude_deg: number[];
  east_m: number[];
  north_m: number[];
  up_m: number[];
  above_sea_m: number[];
  above_ground_m: (number | null)[];
  speed_mps: number[];
  course_deg: number[];
  climb_mps: number[];
  range_m: number[];
  bearing_deg: number[];
  semi_major_m: number[];
  semi_minor_m: number[];
  orientation_deg: number[];
  up_sigma_m: number[];
  existence: number[];
  last_t_ms: number[];
}

/** What the console calls a person, a post, a sensor or another site; of: as records have it. */
export interface Name {
  of: string;
  name_en: string;
  name_ar: string;
}

/** The health of satellite navigation at the site, as the claims of aircraft show it. */
export interface Navigation {
  state: "unknown" | "good" | "doubtful" | "bad";
  aircraft: number;
  reasons: Reason[];
}

/** Who got an alarm and not yet its end. */
export interface NotRetracted {
  output_id: string;
  alarm_id: string;
}

/** Who has the watch, "" for nobody, and until when; confirmed_t_ms is when the card was gone through. taken_from: who had it before, "" for nobody. */
export interface OnWatch {
  holder: string;
  since_t_ms: number | null;
  until_t_ms: number | null;
  offered_to: string;
  note: string;
  confirmed_t_ms: number | null;
  confirmed_by: string;
  taken_from: string;
}

/** A sign-in that holds; its name opens nothing. is_this whether it is that of whoever asks */
export interface OpenSession {
  session_id: string;
  name: string;
  address: string;
  opened_t_ms: number;
  used_t_ms: number;
  until_t_ms: number;
  is_this: boolean;
}

/** One way by which people are told; zone_ids is empty where it serves all. */
export interface Output {
  output_id: string;
  standard: string;
  zone_ids: string[];
  stages: string[];
  is_serving: boolean;
  for_drills: boolean;
}

/** How an output is known to work; times null for never, fault empty for none. delays: how many warnings took how long from their rule to the output, by the bounds of `marsad.model.drill.DELAY_BOUNDS_S` and beyond the last; delays_s: all of them together. */
export interface OutputHealth {
  output_id: string;
  link: "untold" | "up" | "down";
  since_t_ms: number | null;
  detail: string;
  code: string;
  worked_t_ms: number | null;
  failed_t_ms: number | null;
  drilled_t_ms: number | null;
  drill_verdict: "waiting" | "passed" | "failed";
  fault: "" | "down" | "failing" | "drill-failed" | "drill-overdue";
  delays: number[];
  delays_s: number;
}

/** What is too much for the site: by which rule, whose ("" where it is the site), since when, how much. */
export interface Overload {
  shed: "waiting" | "messages" | "share" | "rewinds" | "plots" | "bytes";
  sensor_id: string;
  since_t_ms: number;
  per_s: number;
  count: number;
  what: Reason;
}

/** An alarm that waits on some outputs for people to release it; times as UTC milliseconds. deciders is empty where whoever may release decides, deputies where nobody is named; wants_supervisor: the word that is missing is a supervisor's. */
export interface PendingRelease {
  alarm_id: string;
  output_ids: string[];
  people: number;
  released_by: string[];
  asked_t_ms: number;
  deputy_t_ms: number;
  undecided_t_ms: number;
  undecided: "release" | "withhold";
  withheld_by: string;
  deciders: string[];
  deputies: string[];
  wants_supervisor: boolean;
}

/** Where a site is in its life; share of the preparation done, 0 to 1, and seconds until it runs. */
export interface Phase {
  name: "preparing" | "running" | "over";
  share: number;
  left_s: number | null;
}

/** Everything a console shows at one time. incident is the newest one, open or closed. faults and notices are codes that the console words: what is wrong with the site itself, and what everybody should know, such as simulation-over. utc_offset_ms is what all times, which are UTC, are ahead of the site's own, which is steady: it changes when the machine's clock is set. clock is the newest such step, while it is worth telling. overloads is what is too much for the site, the worst first. ended_alarms has the newest last. impacts: of tracks that fall, keep_outs: of what broke up, the newest last. */
export interface Picture {
  t_ms: number;
  motion: Motion;
  trail: Trail | null;
  tracks: Track[];
  alarms: Alarm[];
  sensors: Sensor[];
  incident: Incident | null;
  counters: Record<string, number>;
  faults: string[];
  notices: string[];
  flights: Flight[];
  flight_news: FlightNews[];
  navigation: Navigation | null;
  clock: ClockStep | null;
  overloads: Overload[];
  utc_offset_ms: number;
  askers: Asker[];
  telling: Telling;
  response: Response;
  watch: OnWatch;
  excused: Excused | null;
  ended_alarms: AlarmEnd[];
  all_clears: StandingAllClear[];
  impacts: Impact[];
  keep_outs: KeepOut[];
}

/** A place on the ellipsoid and in the site frame. */
export interface Place {
  latitude_deg: number;
  longitude_deg: number;
  east_m: number;
  north_m: number;
  up_m: number;
}

/** A way or place where aircraft are used to fly; ring is its closed outline in degrees, longitude first. name_en, name_ar what people call it, a final by its end of the runway label where its name stands, [longitude_deg, latitude_deg] */
export interface ProcedureShape {
  procedure_id: string;
  name_en: string;
  name_ar: string;
  use: "final" | "departure climb" | "runway" | "helicopter route" | "arrival" | "departure" | "transit" | "holding" | "landing place" | "circuit" | "gliding" | "own drones";
  ring: number[][];
  label: number[];
}

/** The newest word of an owner about a track; flight_id "" where the note names who was asked. */
export interface Question {
  flight_id: string;
  answer: "asked" | "ours" | "not_ours" | "no_answer";
  by: string;
  t_ms: number;
  note: string;
}

/** One reason; the catalogue words it. decibans: its weight for hostility, None if it has none. */
export interface Reason {
  code: string;
  arguments: Record<string, number | string>;
  decibans: number | null;
}

/** Body of every answer of status 4xx or 5xx. */
export interface Refusal {
  error: ErrorReport;
}

/** How far the response has gone, 0 (normal) to 4 (after), and its duties, the most urgent first. */
export interface Response {
  level: number;
  duties: Duty[];
}

/** What happened at the door; "" where nobody or nothing is known. of of an account its name, of a refusal the permission, of a sign-in the role count so many like it since the line before it that says the same was of an account, its role before; "" where there was none, and of all other lines became its role from now on, the same where its password changed; "" where it was taken away */
export interface SecurityLine {
  t_ms: number;
  what: "signed-in" | "sign-in-failed" | "sign-in-slowed" | "signed-out" | "session-ended" | "session-expired" | "token-wrong" | "refused" | "report-read" | "account" | "crowd" | "record-damaged" | "started" | "settings";
  by: string;
  of: string;
  address: string;
  count: number;
  was: string;
  became: string;
}

/** One sensor; last_t_ms is 0 if it was never heard; biases only where there is evidence. delay: None before its first report. */
export interface Sensor {
  sensor_id: string;
  name: string;
  kind: "radar" | "radio_frequency" | "camera" | "acoustic" | "adsb" | "remote_id" | "fusion" | "other";
  feed: string;
  place: Place | null;
  coverage: Coverage;
  health: "ok" | "degraded" | "lost" | "gone" | "refused";
  last_t_ms: number;
  note: string;
  delay: Delay | null;
  biases: Bias[];
}

/** Who is signed in, what they may, and whose each permission is; open: nobody has to. watchers: who may take the watch, by the names by which they sign in; for those alone who may as well. */
export interface Session {
  name: string | null;
  role: "viewer" | "operator" | "supervisor" | "instructor" | "administrator" | null;
  open: boolean;
  may: ("see" | "record" | "card" | "watch" | "acknowledge" | "classify" | "flights" | "release" | "countersign" | "end" | "document" | "admit" | "drill" | "confirm" | "security" | "settings")[];
  whose: Partial<Record<"see" | "record" | "card" | "watch" | "acknowledge" | "classify" | "flights" | "release" | "countersign" | "end" | "document" | "admit" | "drill" | "confirm" | "security" | "settings", ("viewer" | "operator" | "supervisor" | "instructor" | "administrator")[]>>;
  watchers: string[];
}

/** The site; base_map is the address of a local PMTiles archive, None without one. */
export interface SiteInfo {
  site_id: string;
  name_en: string;
  name_ar: string;
  latitude_deg: number;
  longitude_deg: number;
  height_m: number;
  utc_offset_s: number;
  mode: "live" | "exercise" | "test";
  zones: ZoneShape[];
  procedures: ProcedureShape[];
  friends: Friend[];
  names: Name[];
  base_map: string | null;
  software_version: string;
}

/** The whole picture: first message of a connection, and the answer to ``{"kind": "resync"}``. */
export interface Snapshot {
  kind: "snapshot";
  version: 1;
  sequence: number;
  server_t_ms: number;
  picture: Picture;
}

/** An all-clear that can be taken back until a time; zone_id "" for everybody. */
export interface StandingAllClear {
  zone_id: string;
  t_ms: number;
  until_t_ms: number;
}

/** What waits for a release, and where the newest announcements stand, newest first. */
export interface Telling {
  outputs: Output[];
  pending: PendingRelease[];
  deliveries: Delivery[];
  not_retracted: NotRetracted[];
  health: OutputHealth[];
  drilling: Drilling;
}

/** Seconds at the alarm's updated_t_ms, with the 90 % interval. */
export interface TimeLeft {
  likely_s: number | null;
  low_s: number | null;
  high_s: number | null;
}

/** One line of the timeline. */
export interface TimelineEntry {
  t_ms: number;
  what: Reason;
  by: string;
}

/** What the site thinks of a track; zone and times are those of its most dangerous zone. spoofed: the place it claims is thought to be false, so it is drawn hollow. */
export interface Track {
  track_id: number;
  name: string;
  identity: "pending" | "unknown" | "friend" | "assumed_friend" | "neutral" | "suspect" | "hostile";
  class_name: "owa" | "ballistic" | "fixedwing_small" | "multirotor" | "unknown" | "crewed" | "balloon" | "bird";
  level: 0 | 1 | 2 | 3;
  score: number;
  hostility: number;
  first_t_ms: number;
  zone_id: string | null;
  time_to_impact_s: number | null;
  time_low_s: number | null;
  time_high_s: number | null;
  flight: TrackFlight | null;
  decision: Decision | null;
  question: Question | null;
  claim: Claim | null;
  spoofed: boolean;
  detail: TrackDetail | null;
}

/** Why a track is judged as it is; sent for the most dangerous tracks. */
export interface TrackDetail {
  class_probability: Partial<Record<"owa" | "ballistic" | "fixedwing_small" | "multirotor" | "unknown" | "crewed" | "balloon" | "bird", number>>;
  decibans: number;
  evidence: Reason[];
  rule: Reason;
  counterfactual: Reason | null;
  zones: ZoneThreat[];
  sensor_ids: string[];
}

/** The declared flight a track is taken for ("" if none), and those it could be, likeliest first. */
export interface TrackFlight {
  flight_id: string;
  how: "identifier" | "volume" | "answer";
  fits: boolean;
  reasons: Reason[];
  candidates: string[];
}

/** One track with its reasons, as asked for. */
export interface TrackReport {
  t_ms: number;
  track: Track;
  motion: Motion;
}

/** Where the tracks were at t_ms, smoothed by what came after; columns of equal length. */
export interface Trail {
  t_ms: number;
  track_id: number[];
  latitude_deg: number[];
  longitude_deg: number[];
}

/** How long warnings took in one UTC month on one output; output_id "": first plot to rule. missed have not arrived; times are None where none has. */
export interface WarningDelay {
  month: string;
  output_id: string;
  count: number;
  missed: number;
  p50_s: number | null;
  p95_s: number | null;
}

/** A zone that a falling object may come down in, or near to; level: what its people are told. */
export interface ZoneAtRisk {
  zone_id: string;
  hit_probability: number;
  level: 0 | 1 | 2 | 3;
}

/** A zone; ring is its closed outline as [longitude_deg, latitude_deg] pairs, circles as 72 corners. */
export interface ZoneShape {
  zone_id: string;
  name_en: string;
  name_ar: string;
  ring: number[][];
  centre: number[];
  radius_m: number;
  value: number;
  restricted: boolean;
}

/** One track against one zone; times in seconds at the picture's time. */
export interface ZoneThreat {
  zone_id: string;
  distance_m: number | null;
  closest_approach_m: number | null;
  hit_probability: number | null;
  time_to_impact_s: number | null;
  time_low_s: number | null;
  time_high_s: number | null;
  earliest_arrival_s: number | null;
  score: number;
  level: 0 | 1 | 2 | 3;
}

export type Message = Snapshot | Delta | Heartbeat;
