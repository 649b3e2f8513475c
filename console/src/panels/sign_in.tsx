/** Sign-in. */
import { type FormEvent, type ReactNode, useState } from "react";
import { Button, Input, Label as FieldLabel, TextField } from "react-aria-components";
import { api, Refused } from "../link/api";
import type { Key } from "../i18n/wording";
import { Say } from "../parts/words";
import { choose, usePreferences } from "../preferences";
import { alarmSound } from "../sound";

export function SignIn({ onSignedIn }: { onSignedIn: () => void }): ReactNode {
  const { language } = usePreferences();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState<Key | null>(null);
  const enter = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    void alarmSound.arm();
    try {
      await api.signIn(name, password);
      onSignedIn();
    } catch (error) {
      const status = error instanceof Refused ? error.status : 0;
      setFault(status === 401 ? "signIn.wrong" : status === 429 ? "signIn.slow" : "app.failed");
    }
  };
  return (
    <main className="sign-in">
      <form onSubmit={(event) => void enter(event)}>
        <img src="/marsad.svg" alt="" width="56" height="56" />
        <h1>
          <Say it="app.name" />
        </h1>
        <TextField value={name} onChange={setName} autoFocus isRequired>
          <FieldLabel>
            <Say it="signIn.name" />
          </FieldLabel>
          <Input autoComplete="username" dir="auto" />
        </TextField>
        <TextField value={password} onChange={setPassword} type="password" isRequired>
          <FieldLabel>
            <Say it="signIn.password" />
          </FieldLabel>
          <Input autoComplete="current-password" />
        </TextField>
        {fault === null ? null : (
          <p className="caution" role="alert">
            <Say it={fault} />
          </p>
        )}
        <div className="buttons">
          <Button type="submit" className="primary">
            <Say it="signIn.enter" />
          </Button>
          <Button onPress={() => choose({ language: language === "ar" ? "en" : "ar" })}>
            <span lang={language === "ar" ? "en" : "ar"}>
              <Say it="bar.language" />
            </span>
          </Button>
        </div>
      </form>
    </main>
  );
}
