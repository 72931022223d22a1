/**
 * Keys of the whole app. A single letter never acts while an input method composes, in an input, or while a dialog or
 * menu is open; combinations with Ctrl or ⌘ do act in inputs.
 */
import { useEffect, useRef } from 'react';
import { composing, inEditable } from '@/design/ime';

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

/** `mod+k`, `shift+enter`, `j`: how an event is named in a map of keys. */
export function keyName(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key.toLowerCase();
  const shifted = event.shiftKey && event.key.length > 1;
  return `${event.ctrlKey || event.metaKey ? 'mod+' : ''}${event.altKey ? 'alt+' : ''}${shifted ? 'shift+' : ''}${key}`;
}

const open = '.ant-modal-wrap, .ant-drawer-open .ant-drawer-content-wrapper, .ant-dropdown, .ant-select-dropdown, .ant-picker-dropdown, .ant-popover, [data-blocks-keys]';

/** True while something lies over the page that keys belong to. */
export function covered(): boolean {
  return [...document.querySelectorAll<HTMLElement>(open)].some((element) => element.offsetParent !== null || getComputedStyle(element).position === 'fixed' && getComputedStyle(element).display !== 'none');
}

/** Binds keys while the component is shown. Later ones come first. */
export function useKeys(keys: KeyMap, enabled = true): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    if (!enabled) return;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || composing(event)) return;
      const name = keyName(event);
      const run = latest.current[name];
      if (!run) return;
      const combination = name.startsWith('mod+') || name.startsWith('alt+');
      if (!combination && (inEditable(event.target) || covered())) return;
      event.preventDefault();
      run(event);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [enabled]);
}
