/** A dialog with a heading, on top of everything but the alarms' sound. */
import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";

export function ChoiceDialog(properties: {
  title: ReactNode;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
}): ReactNode {
  return (
    <ModalOverlay
      className="dialog-ground"
      isOpen={properties.isOpen}
      onOpenChange={(open) => {
        if (!open) properties.onClose();
      }}
      isDismissable
    >
      <Modal className="dialog">
        <Dialog>
          <Heading slot="title">{properties.title}</Heading>
          {properties.children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
