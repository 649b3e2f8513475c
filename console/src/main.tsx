/** Starts the page: who is there, which site, then the picture. */
import { type ReactNode, StrictMode, useCallback, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { I18nProvider } from "react-aria-components";
import { ConsolePage } from "./console";
import { api, Refused } from "./link/api";
import { followPicture } from "./link/picture_link";
import { SignIn } from "./panels/sign_in";
import { StartUp, usePhase } from "./panels/start_up";
import { Say } from "./parts/words";
import { store, useSlice } from "./picture/store";
import { usePreferences } from "./preferences";
import { alarmSound } from "./sound";
import "./style/console.css";
import type { Session, SiteInfo } from "./wire";

const RETRY_MS = 2000;
const TICK_MS = 250;

function Page(): ReactNode {
  const { language } = usePreferences();
  const [session, setSession] = useState<Session | null>(null);
  const [site, setSite] = useState<SiteInfo | null>(null);
  const [failed, setFailed] = useState(false);
  const link = useSlice("link").link;
  const phase = usePhase();

  const load = useCallback(async () => {
    try {
      const found = await api.session();
      setSession(found);
      if (found.role !== null) {
        const loaded = await api.site();
        setSite((before) => (JSON.stringify(before) === JSON.stringify(loaded) ? before : loaded));
      }
      setFailed(false);
    } catch (error) {
      setFailed(!(error instanceof Refused) || error.status !== 401);
    }
  }, []);

  const signedIn = session !== null && session.role !== null;
  useEffect(() => void load(), [load]);
  useEffect(() => {
    if (!failed) return;
    const timer = window.setInterval(() => void load(), RETRY_MS);
    return () => window.clearInterval(timer);
  }, [failed, load]);
  useEffect(() => (signedIn ? followPicture(store, () => void load()) : undefined), [signedIn, load]);
  useEffect(() => {
    if (link === "signed-out") void load();
  }, [link, load]);

  const signOut = (): void => void api.signOut().then(load, load);
  return (
    <I18nProvider locale={language === "ar" ? "ar-IQ" : "en-GB"}>
      {phase?.name === "preparing" ? (
        <StartUp phase={phase} />
      ) : session !== null && session.role === null ? (
        <SignIn onSignedIn={() => void load()} />
      ) : session === null || site === null ? (
        <p className="starting" role="status">
          <Say it={failed ? "app.failed" : "app.loading"} />
        </p>
      ) : (
        <ConsolePage site={site} session={session} onSignOut={signOut} />
      )}
    </I18nProvider>
  );
}

for (const gesture of ["pointerdown", "keydown"] as const) {
  window.addEventListener(gesture, () => void alarmSound.arm(), { capture: true });
}
window.setInterval(() => store.tick(), TICK_MS);
createRoot(document.getElementById("console")!).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
