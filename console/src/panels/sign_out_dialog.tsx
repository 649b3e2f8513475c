/** Asks before the sign-out while an alarm is active: nobody would hear the next one here. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import { ChoiceDialog } from "../parts/choice_dialog";
import { Say } from "../parts/words";

interface Properties {
  isOpen: boolean;
  onSignOut: () => void;
  onClose: () => void;
}

export function SignOutDialog({ isOpen, onSignOut, onClose }: Properties): ReactNode {
  return (
    <ChoiceDialog isOpen={isOpen} onClose={onClose} title={<Say it="signOut.title" />}>
      <p className="caution grave">
        <Say it="signOut.alarmActive" />
      </p>
      <div className="buttons">
        <Button className="primary" autoFocus onPress={onClose}>
          <Say it="action.cancel" />
        </Button>
        <Button onPress={onSignOut}>
          <Say it="signOut.allTheSame" />
        </Button>
      </div>
    </ChoiceDialog>
  );
}
