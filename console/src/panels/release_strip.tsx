/** Alarms that go out only once a person says so: under the alarms, with the time until the rule decides. */
import { type ReactNode, useLayoutEffect, useRef } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { LevelShape } from "../parts/level_mark";
import { NotYours } from "../parts/permitted";
import { Until } from "../parts/until";
import { Counted, Label, LOCAL_OPERATOR, Say, useCalled, usePlain, ZoneTitle } from "../parts/words";
import { useAim, useHeldOrder } from "../picture/held_order";
import { type Decision, decisions, isDecider, numbers, together } from "../picture/telling";
import { useSlice } from "../picture/store";
import type { PendingRelease } from "../wire";

const MOVED_MS = 600; // systems take at most 500 ms for one double click
const KEYS_MAX = 9;

const keyOf = ({ pending }: Decision): string => `${pending.alarm_id} ${pending.output_ids.join(" ")}`;

export function ReleaseStrip(): ReactNode {
  const store = useSlice("clock");
  useSlice("alarms");
  useSlice("counters");
  const say = usePlain();
  const { aiming, aim } = useAim();
  const wished = store.over ? [] : decisions(store.state.telling, store.state.alarms, store.nowMs());
  const asked = useHeldOrder(wished, keyOf, aiming);
  const keys = asked.map(keyOf);
  const isSteady = useSteady(keys);
  const canAnswer = useCanAnswer();
  const numbered = useRef(new Map<string, number>());
  numbered.current = numbers(numbered.current, asked.filter(canAnswer).map(keyOf), KEYS_MAX);
  if (asked.length === 0) return null;
  return (
    <section
      className="releases"
      aria-label={say("release.region")}
      aria-live="assertive"
      data-react-aria-top-layer="true"
      onPointerMoveCapture={aim}
      onPointerDownCapture={aim}
      onFocusCapture={aim} // the question that a key went to stays where it is
    >
      {asked.map((decision) => (
        <Question key={keyOf(decision)} decision={decision} all={asked} number={numbered.current.get(keyOf(decision)) ?? null} isSteady={isSteady} />
      ))}
    </section>
  );
}

/** Whether the questions have stood where they are for a moment: what has just moved under the hand was not meant. */
function useSteady(keys: string[]): () => boolean {
  const movedMs = useRef(-Infinity);
  const before = useRef<string[]>([]);
  const now = keys.join("\n");
  useLayoutEffect(() => {
    const shown = now === "" ? [] : now.split("\n");
    const stayed = before.current.every((key, place) => shown[place] === key);
    if (!stayed) movedMs.current = performance.now();
    before.current = shown;
  }, [now]);
  return () => performance.now() - movedMs.current >= MOVED_MS;
}

/** Whether the button of a question is there for who sits here, and their word still counts. */
function useCanAnswer(): (decision: Decision) => boolean {
  const { may, session } = useConsole();
  const name = session.name ?? LOCAL_OPERATOR;
  return ({ pending }) => may("release") && isDecider(pending, name) && !hasSaid(pending, name, may("countersign"));
}

const hasSaid = (pending: PendingRelease, name: string, countersigns: boolean): boolean =>
  pending.released_by.includes(name) || (pending.wants_supervisor && !countersigns);

interface QuestionProperties {
  decision: Decision;
  all: Decision[];
  number: number | null;
  isSteady: () => boolean;
}

function Question({ decision, all, number, isSteady }: QuestionProperties): ReactNode {
  const { may, session } = useConsole();
  const called = useCalled();
  const { pending, alarm } = decision;
  const name = session.name ?? LOCAL_OPERATOR;
  return (
    <article className="release" data-alarm={pending.alarm_id} data-withheld={pending.withheld_by !== ""}>
      <LevelShape level={alarm.stage} />
      <p>
        <strong>
          <Label group="alarm.stage" code={alarm.stage} /> · <ZoneTitle id={alarm.zone_id} />
        </strong>{" "}
        <Say it="release.question" outputs={pending.output_ids.join(", ")} />{" "}
        {pending.people === 2 ? <Say it="release.two" names={pending.released_by.map(called).join(", ") || "–"} /> : null}
        {pending.wants_supervisor ? (
          <strong>
            {" "}
            <Say it="release.supervisor" />
          </strong>
        ) : null}
        {pending.deciders.length === 0 ? null : (
          <small className="muted">
            {" "}
            <Say it="release.deciders" names={pending.deciders.map(called).join(", ")} />
          </small>
        )}
      </p>
      <p className="release-time">
        <Consequence decision={decision} />
      </p>
      {may("release") && isDecider(pending, name) ? (
        <Answers decision={decision} all={all} number={number} isSteady={isSteady} />
      ) : (
        <NotYours it="release" />
      )}
    </article>
  );
}

/** The buttons: the number goes to the first and presses nothing; one answer may do for all zones of the same objects. */
function Answers({ decision, all, number, isSteady }: QuestionProperties): ReactNode {
  const { act, may, session } = useConsole();
  const { pending } = decision;
  const name = session.name ?? LOCAL_OPERATOR;
  const countersigns = may("countersign");
  const has = hasSaid(pending, name, countersigns);
  const same = together(decision, all, name);
  const release = async (of: Decision[]): Promise<void> => {
    if (!isSteady()) return;
    for (const { alarm } of of) await act({ action: "release", alarm_id: alarm.alarm_id }); // in the record as asked
  };
  return (
    <div className="buttons">
      <Button className="primary" data-question={number ?? undefined} isDisabled={has} onPress={() => void release([decision])}>
        <span>
          <Say it="release.do" />{" "}
          {number === null ? null : <kbd dir="ltr">{number}</kbd>}
        </span>
      </Button>
      {same.length < 2 || has ? null : (
        <Button className="release-all" onPress={() => void release(same)}>
          <span>
            <Counted it="release.doAll" count={same.length} />
          </span>
        </Button>
      )}
      {pending.withheld_by !== "" ? null : pending.people === 2 && !countersigns ? (
        <NotYours it="countersign" />
      ) : (
        <Button
          onPress={() => {
            if (isSteady()) void act({ action: "withhold", alarm_id: pending.alarm_id, reason: "" });
          }}
        >
          <Say it="release.withhold" />
        </Button>
      )}
    </div>
  );
}

/** What happens if nobody does anything, and when. */
function Consequence({ decision }: { decision: Decision }): ReactNode {
  const called = useCalled();
  const { pending, leftS, deputyAsked } = decision;
  if (pending.withheld_by !== "") {
    return (
      <>
        <Say it="release.withheldBy" name={called(pending.withheld_by)} /> <Until tMs={pending.undecided_t_ms} />
      </>
    );
  }
  if (pending.undecided === "withhold" && leftS <= 0) return <Say it="release.waits" />;
  return (
    <>
      {deputyAsked && pending.deputies.length === 0 ? (
        <strong>
          <Say it="release.deputy" />{" "}
        </strong>
      ) : null}
      {pending.deputies.length === 0 ? null : <Deputies decision={decision} />}
      <Say it={pending.undecided === "release" ? "release.goesOut" : "release.staysBack"} /> <Until tMs={pending.undecided_t_ms} />
    </>
  );
}

/** Who stands in, and the number to call, once it is their turn; to the deputy, that it is theirs. */
function Deputies({ decision: { pending, deputyAsked } }: { decision: Decision }): ReactNode {
  const { card, session } = useConsole();
  const { watch } = useSlice("counters").state;
  const called = useCalled();
  const name = session.name ?? LOCAL_OPERATOR;
  if (deputyAsked && pending.deputies.includes(name)) {
    const silent = (pending.deciders.length > 0 ? pending.deciders : [watch.holder]).filter((one) => one !== "" && one !== name && !pending.released_by.includes(one));
    return (
      <strong className="deputies" data-yours="true">
        {silent.length === 0 ? <Say it="release.youAreDeputy" /> : <Say it="release.youAreDeputyFor" names={silent.map(called).join(", ")} />}{" "}
      </strong>
    );
  }
  const told = pending.deputies.map((one) => {
    const phone = card?.people.find((person) => person.name === one)?.phone ?? "";
    return deputyAsked && phone !== "" ? `${called(one)} (\u2066${phone}\u2069)` : called(one);
  });
  const words = <Say it={deputyAsked ? "release.deputyNamed" : "release.deputyThen"} names={told.join(", ")} />;
  return deputyAsked ? <strong className="deputies">{words} </strong> : <small className="deputies muted">{words} </small>;
}
