/** How long warnings took, by month and output: as `marsad delays` prints it. */
import { type ReactNode, useEffect, useState } from "react";
import { fixed } from "../i18n/numbers";
import { sharedTemplate } from "../i18n/wording";
import { api } from "../link/api";
import { Say } from "../parts/words";
import { usePreferences } from "../preferences";
import type { WarningDelay } from "../wire";

/** version grows whenever the register may have changed. */
export function DelaysTable({ version }: { version: number }): ReactNode {
  const [delays, setDelays] = useState<WarningDelay[]>([]);
  const { language } = usePreferences();
  const words = (code: string): string => sharedTemplate(language, `delays.${code}`) ?? code;
  useEffect(() => {
    api.delays().then(setDelays, () => undefined); // the strip above says that the link is lost
  }, [version]);
  return (
    <section className="delays">
      <h4>
        <Say it="delays.title" />
      </h4>
      {delays.length === 0 ? (
        <p className="muted">{words("none")}</p>
      ) : (
        <div className="wide-table" tabIndex={0} role="region" aria-label={words("yardstick")}>
          <table className="drill">
            <caption>{words("yardstick")}</caption>
            <thead>
              <tr>
                {["month", "what", "count", "missed", "p50", "p95"].map((code) => (
                  <th key={code} scope="col">
                    {words(code)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {delays.map((one) => (
                <tr key={`${one.month} ${one.output_id}`} data-output={one.output_id}>
                  <th scope="row">
                    <bdi>{one.month}</bdi>
                  </th>
                  <td>{one.output_id === "" ? words("first-plot") : <bdi>{one.output_id}</bdi>}</td>
                  <td className="number" dir="ltr">
                    {one.count}
                  </td>
                  <td className="number" dir="ltr">
                    {one.output_id === "" ? "" : one.missed}
                  </td>
                  <td className="number">{one.p50_s === null ? words("never") : <bdi dir="ltr">{fixed(one.p50_s, 1)}</bdi>}</td>
                  <td className="number">{one.p95_s === null ? words("never") : <bdi dir="ltr">{fixed(one.p95_s, 1)}</bdi>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
