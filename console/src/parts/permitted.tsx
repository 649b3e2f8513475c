/** Why a button is not there: whose it is, in a word where it would have been. */
import { type ReactNode } from "react";
import { type PermissionName, useConsole } from "../context";
import { useSlice } from "../picture/store";
import { labelOf } from "../i18n/wording";
import { usePreferences } from "../preferences";
import { Say } from "./words";

/** Nothing where the person may, or where nothing can be done any more by anybody. */
export function NotYours({ it }: { it: PermissionName }): ReactNode {
  const { session, may } = useConsole();
  const { language } = usePreferences();
  const { over } = useSlice("counters");
  if (over || may(it)) return null;
  const roles = (session.whose[it] ?? []).map((role) => labelOf(language, "security.role", role));
  return (
    <p className="not-yours muted" data-permission={it}>
      <Say it="permission.only" what={labelOf(language, "permission", it)} roles={roles.join(language === "ar" ? "، " : ", ")} />
    </p>
  );
}
