/** What was wrong with an output, in the language of the page; of a release that knows more, that it is something else. */
import type { ReactNode } from "react";
import { hasLabel } from "../i18n/wording";
import { Label } from "./words";

export const Trouble = ({ code }: { code: string }): ReactNode => <Label group="trouble" code={hasLabel("trouble", code) ? code : "other"} />;
