/** What people have to do now: whose it is, by when, done by whom; a press says it, another takes it back. */
import { type ReactNode, useState } from "react";
import { useConsole } from "../context";
import { clock } from "../i18n/numbers";
import { sharedTemplate } from "../i18n/wording";
import { NotYours } from "../parts/permitted";
import { Until } from "../parts/until";
import { Say, useCalled, usePlain } from "../parts/words";
import { isPressing } from "../picture/duties";
import { useSlice } from "../picture/store";
import { usePreferences } from "../preferences";
import type { Duty } from "../wire";

const SHOWN = 5; // open ones; the rest on a press
const NOTE_MAX = 200;

export function Checklist(): ReactNode {
  const store = useSlice("counters");
  const [all, setAll] = useState(false);
  const { duties } = store.state.response;
  const open = duties.filter((duty) => duty.done_t_ms === null);
  const shown = all ? duties : open.slice(0, SHOWN);
  if (duties.length === 0) return null;
  return (
    <section className="checklist">
      <h4>
        <Say it="incident.actions" />{" "}
        <small className="muted">
          <Say it="checklist.count" done={duties.length - open.length} all={duties.length} />
        </small>
      </h4>
      <ul>
        {shown.map((duty) => (
          <DutyRow key={duty.item_id} duty={duty} />
        ))}
      </ul>
      <NotYours it="document" />
      {duties.length > shown.length || all ? (
        <button type="button" className="link" onClick={() => setAll(!all)}>
          <Say it={all ? "checklist.fewer" : "checklist.more"} />
        </button>
      ) : null}
    </section>
  );
}

function DutyRow({ duty }: { duty: Duty }): ReactNode {
  const { act, may, site } = useConsole();
  const { language } = usePreferences();
  const called = useCalled();
  const say = usePlain();
  const [note, setNote] = useState("");
  const text = sharedTemplate(language, duty.text_key) ?? called(duty.text_key);
  const done = duty.done_t_ms !== null;
  return (
    <li className="duty" data-item={duty.item_id} data-done={done}>
      <label>
        <input
          type="checkbox"
          checked={done}
          disabled={!may("document")}
          onChange={(event) => void act({ action: "check_off", item_id: duty.item_id, done: event.target.checked, note: event.target.checked ? note.trim() : "" })}
        />
        <span>{text}</span>
      </label>
      <small className="duty-whose">
        <strong>{sharedTemplate(language, `role.${duty.owner}`) ?? called(`role.${duty.owner}`)}</strong>
        {done ? null : <Due duty={duty} />}
      </small>
      {done ? (
        <small>
          <Say it="checklist.doneBy" name={called(duty.done_by)} at={clock(duty.done_t_ms ?? 0, site.utc_offset_s)} />
          {duty.note === "" ? null : (
            <>
              {" · "}
              <bdi dir="auto">{duty.note}</bdi>
            </>
          )}
        </small>
      ) : may("document") ? (
        <input
          className="duty-note"
          dir="auto"
          maxLength={NOTE_MAX}
          aria-label={say("checklist.noteOf", { item: text })}
          placeholder={say("checklist.note")}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      ) : null}
    </li>
  );
}

/** By when, and how long that is; that it is late is loud only while the response is where it matters. */
function Due({ duty }: { duty: Duty }): ReactNode {
  const { site } = useConsole();
  const store = useSlice("clock");
  if (duty.due_t_ms === null) return null;
  const left = duty.due_t_ms > store.nowMs();
  const { level } = store.state.response;
  return (
    <span className={!left && isPressing(duty, level) ? "due late" : "due"}>
      {" · "}
      {left ? (
        <>
          <Say it="checklist.dueBy" /> <Until tMs={duty.due_t_ms} />
        </>
      ) : isPressing(duty, level) ? (
        <strong>
          <Say it="checklist.late" /> <Say it="checklist.wasDue" at={clock(duty.due_t_ms, site.utc_offset_s)} />
        </strong>
      ) : (
        <Say it="checklist.wasDue" at={clock(duty.due_t_ms, site.utc_offset_s)} />
      )}
    </span>
  );
}
