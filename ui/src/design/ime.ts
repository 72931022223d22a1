import type { KeyboardEvent as ReactKeyboardEvent } from 'react';

/** True while an input method is composing: such a key belongs to it, whatever it is. */
export function composing(event: KeyboardEvent | ReactKeyboardEvent): boolean {
  const native = 'nativeEvent' in event ? event.nativeEvent : event;
  return native.isComposing || native.keyCode === 229;
}

/** True where keys are text: inputs, text areas, selects and editable elements. */
export function inEditable(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !(target as HTMLInputElement).dataset.keys;
}
