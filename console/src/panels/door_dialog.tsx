/** Who is signed in where, and for whoever looks after the site what happened at its door. */
import { type ReactNode, useState } from "react";
import { Button, Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useConsole } from "../context";
import { ChoiceDialog } from "../parts/choice_dialog";
import { NotYours } from "../parts/permitted";
import { Say, usePlain } from "../parts/words";
import { SecurityTable } from "./security_table";
import { SignIns } from "./sign_ins";

export function DoorDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactNode {
  const { may } = useConsole();
  const say = usePlain();
  const [shown, setShown] = useState("sign-ins");
  return (
    <ChoiceDialog title={<Say it="door.title" />} isOpen={isOpen} onClose={onClose}>
      <Tabs className="door" selectedKey={shown} onSelectionChange={(key) => setShown(String(key))}>
        <TabList aria-label={say("door.title")}>
          <Tab id="sign-ins">
            <Say it="signIns.title" />
          </Tab>
          <Tab id="security">
            <Say it="securityLog.title" />
          </Tab>
        </TabList>
        <TabPanel id="sign-ins">
          <SignIns />
        </TabPanel>
        <TabPanel id="security">
          <NotYours it="security" />
          {may("security") ? <SecurityTable /> : null}
        </TabPanel>
      </Tabs>
      <div className="buttons">
        <Button onPress={onClose}>
          <Say it="action.close" />
        </Button>
      </div>
    </ChoiceDialog>
  );
}
