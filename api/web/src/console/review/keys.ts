// Keys by their place on the keyboard (`event.code`): a Chinese input method swallows letters. Inside text fields, and
// while an input method composes, keys belong to the text.
import { useEffect, useRef } from "preact/hooks";

export type Keys = Partial<Record<string, () => void>>;

const TEXT = "input:not([type=checkbox]):not([type=button]), textarea, select, [contenteditable]";

export function isTyping(event: KeyboardEvent): boolean {
  return event.isComposing || (event.target instanceof Element && event.target.closest(TEXT) !== null);
}

/** Let the screen obey these keys. Enter and Space stay with a button or link that has the focus. */
export function useKeys(keys: Keys): void {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    const obey = (event: KeyboardEvent): void => {
      const act = now.current[event.code];
      const isPressing = /^(Enter|Space)$/.test(event.code) && event.target instanceof Element && event.target.closest("button, a, summary, label") !== null;
      if (!act || isTyping(event) || isPressing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) {
        return;
      }
      event.preventDefault();
      act();
    };
    addEventListener("keydown", obey);
    return () => removeEventListener("keydown", obey);
  }, []);
}
