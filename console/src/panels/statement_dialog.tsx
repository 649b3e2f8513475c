/** The draft statement in both languages, to read and copy. */
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "react-aria-components";
import type { Language } from "../i18n/wording";
import { api } from "../link/api";
import { ChoiceDialog } from "../parts/choice_dialog";
import { Say } from "../parts/words";
import { usePreferences } from "../preferences";

export function StatementDialog({ incidentId, onClose }: { incidentId: string | null; onClose: () => void }): ReactNode {
  const preferences = usePreferences();
  const [language, setLanguage] = useState<Language>(preferences.language);
  const [text, setText] = useState("");
  useEffect(() => {
    if (incidentId === null) return;
    let left = false;
    api.statement(incidentId, language).then(
      (found) => {
        if (!left) setText(found);
      },
      (error: unknown) => {
        if (!left) setText(String(error));
      },
    );
    return () => {
      left = true;
    };
  }, [incidentId, language]);
  return (
    <ChoiceDialog isOpen={incidentId !== null} onClose={onClose} title={<Say it="incident.statementTitle" />}>
      <div className="buttons">
        {(["ar", "en"] as const).map((code) => (
          <Button key={code} className={code === language ? "small chosen" : "small"} onPress={() => setLanguage(code)}>
            <span lang={code}>{code === "ar" ? "العربية" : "English"}</span>
          </Button>
        ))}
      </div>
      <pre className="statement" lang={language} dir={language === "ar" ? "rtl" : "ltr"}>
        {text}
      </pre>
      <div className="buttons">
        <Button onPress={() => void navigator.clipboard?.writeText(text)}>
          <Say it="action.copy" />
        </Button>
        <Button className="primary" onPress={onClose}>
          <Say it="action.close" />
        </Button>
      </div>
    </ChoiceDialog>
  );
}
