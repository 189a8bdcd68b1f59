// A window over the screen: the browser's own modal, which keeps the focus inside and closes on Escape.
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Both, type Said } from "../shared/both";
import { S } from "./says";

interface Props {
  title: Said;
  /** Without it the window stays until its cause is gone. */
  onClose?: () => void;
  children: ComponentChildren;
  wide?: boolean;
  /** In the size of lists and forms. */
  work?: boolean;
}

export function Dialog({ title, onClose, children, wide, work }: Props): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  // Before the next key arrives: the first letters of a quick writer belong to the field, not to the screen below.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const shown = box.current!;
    shown.showModal();
    shown.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      shown.close();
      (before as HTMLElement | null)?.focus?.();
    };
  }, []);
  return (
    <dialog ref={box} class={wide ? "wide" : work ? "work" : ""} aria-label={title.join(" ")} onCancel={(event) => (event.preventDefault(), onClose?.())}>
      <header>
        <h2>
          <Both of={title} />
        </h2>
        {onClose && (
          <button type="button" class="ghost" onClick={onClose}>
            <kbd>Esc</kbd> <Both of={S.close} />
          </button>
        )}
      </header>
      {children}
    </dialog>
  );
}
