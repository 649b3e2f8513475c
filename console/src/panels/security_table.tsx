/** What happened at the door of the site: who came, who did not, what was read and changed. */
import { type ReactNode, useCallback, useId, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { moment } from "../i18n/numbers";
import { labelOf, type Language, pieces, type Piece, sharedTemplate } from "../i18n/wording";
import { api } from "../link/api";
import { useAsked } from "../parts/asked";
import { Label, Pieces, Say, useCalled } from "../parts/words";
import { becameOf, EVERYTHING, fitting, KINDS, type Sought } from "../picture/security";
import { store } from "../picture/store";
import { usePreferences } from "../preferences";
import type { SecurityLine } from "../wire";

const LINES_MAX = 1000; // as many as the site remembers; all of them are in its journal
const SHOWN = 100;

export function SecurityTable(): ReactNode {
  const { site } = useConsole();
  const { language } = usePreferences();
  const { found, failed } = useAsked(useCallback(() => api.security(LINES_MAX), []));
  const [sought, setSought] = useState<Sought>(EVERYTHING);
  const [all, setAll] = useState(false);
  const said = (line: SecurityLine): string => [labelOf(language, "security", line.what), about(language, line).map((piece) => piece.text).join("")].join("\n");
  const lines = fitting(found ?? [], sought, site.utc_offset_s, said);
  return (
    <section className="security-log" data-testid="security-log">
      <Search sought={sought} onChange={setSought} />
      {failed ? (
        <p className="caution" role="status">
          <Say it="door.unanswered" />
        </p>
      ) : null}
      <p className="muted" role="status">
        {found === null ? <Say it="door.asking" /> : <Say it="securityLog.count" count={lines.length} all={found.length} />}
      </p>
      {lines.length === 0 ? null : <Lines lines={all ? lines : lines.slice(0, SHOWN)} />}
      {lines.length > SHOWN && !all ? (
        <Button className="small" onPress={() => setAll(true)}>
          <Say it="securityLog.rest" count={lines.length - SHOWN} />
        </Button>
      ) : null}
    </section>
  );
}

function Search({ sought, onChange }: { sought: Sought; onChange: (sought: Sought) => void }): ReactNode {
  const id = useId();
  const put = (change: Partial<Sought>): void => onChange({ ...sought, ...change });
  const time = (name: "from" | "until"): ReactNode => (
    <label htmlFor={`${id}${name}`}>
      <span>
        <Say it={`securityLog.${name}`} />
      </span>
      <input id={`${id}${name}`} type="datetime-local" value={sought[name]} onChange={(event) => put({ [name]: event.target.value })} />
    </label>
  );
  return (
    <div className="search" role="search">
      <label htmlFor={`${id}kind`}>
        <span>
          <Say it="securityLog.kind" />
        </span>
        <select id={`${id}kind`} value={sought.kind} onChange={(event) => put({ kind: event.target.value as Sought["kind"] })}>
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              <Label group="securityLog.kind" code={kind} />
            </option>
          ))}
        </select>
      </label>
      <label htmlFor={`${id}words`}>
        <span>
          <Say it="securityLog.words" />
        </span>
        <input id={`${id}words`} type="search" dir="auto" maxLength={80} value={sought.words} onChange={(event) => put({ words: event.target.value })} />
      </label>
      {time("from")}
      {time("until")}
    </div>
  );
}

function Lines({ lines }: { lines: SecurityLine[] }): ReactNode {
  const { site } = useConsole();
  const { language } = usePreferences();
  const called = useCalled();
  const now = store.nowMs() || Date.now();
  return (
    <table>
      <thead>
        <tr>
          {COLUMNS.map((code) => (
            <th key={code} scope="col">
              {code === "time" ? <Say it="securityLog.time" /> : labelOf(language, "security.column", code)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map((line, place) => (
          <tr key={`${line.t_ms} ${place}`} data-what={line.what}>
            <td className="number">
              <bdi dir="ltr">{moment(line.t_ms, now, site.utc_offset_s)}</bdi>
            </td>
            <td>
              <Label group="security" code={line.what} />
              {line.count > 1 ? (
                <>
                  {" "}
                  <bdi className="number" dir="ltr">
                    ×{line.count}
                  </bdi>
                </>
              ) : null}
            </td>
            <td>
              <bdi>{called(line.by)}</bdi>
            </td>
            <td>
              <Pieces of={about(language, line)} />
            </td>
            <td>
              <bdi dir="ltr">{line.address}</bdi>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const COLUMNS = ["time", "what", "by", "of", "address"];

/** What or whom a line is about: a role, a permission, what became of an account, an incident. */
function about(language: Language, line: SecurityLine): Piece[] {
  const became = becameOf(line);
  const role = (code: string): string => labelOf(language, "security.role", code);
  if (became !== null) return pieces(sharedTemplate(language, `security.account.${became}`) ?? "", { name: line.of, was: role(line.was), became: role(line.became) });
  const group = line.what === "signed-in" ? "security.role" : line.what === "refused" ? "permission" : null;
  return pieces("{of}", { of: group === null ? line.of : labelOf(language, group, line.of) });
}
