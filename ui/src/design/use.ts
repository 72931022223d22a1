import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore, type RefObject } from 'react';
import { size } from './tokens';

const media = new Map<string, MediaQueryList>();
const query = (text: string): MediaQueryList => {
  let found = media.get(text);
  if (!found) media.set(text, (found = window.matchMedia(text)));
  return found;
};

/** Whether a media query holds, followed as it changes. */
export function useMedia(text: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      query(text).addEventListener('change', changed);
      return () => query(text).removeEventListener('change', changed);
    },
    () => query(text).matches,
  );
}

/** True on a phone's width, where lists are cards and the navigation lies at the foot. */
export const useNarrow = (): boolean => useMedia(`(max-width: ${size.narrow}px)`);

/** Whether what an element holds is wider than the element, and another rendering is wanted: false again once there is
 * as much room as it needed. Told before anything is painted. */
export function useCramped<Box extends HTMLElement>(): [RefObject<Box | null>, boolean] {
  const box = useRef<Box>(null);
  const needed = useRef(0);
  const [cramped, setCramped] = useState(false);
  const measure = useRef(() => undefined as void);
  useLayoutEffect(() => {
    measure.current = () => {
      const element = box.current;
      if (!element) return;
      if (!cramped && element.scrollWidth > element.clientWidth + 1) {
        needed.current = element.scrollWidth;
        setCramped(true);
      } else if (cramped && element.clientWidth >= needed.current) setCramped(false);
    };
    measure.current();
  });
  useLayoutEffect(() => {
    if (!box.current || typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(() => measure.current());
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, cramped];
}

/** True once `milliseconds` have passed while `waiting`: a skeleton that would only flash is not shown. */
export function useDelayed(waiting: boolean, milliseconds = 150): boolean {
  const [due, setDue] = useState(false);
  useEffect(() => {
    if (!waiting) {
      setDue(false);
      return;
    }
    const timer = window.setTimeout(() => setDue(true), milliseconds);
    return () => window.clearTimeout(timer);
  }, [waiting, milliseconds]);
  return waiting && due;
}

/** The value as it was when it last stood still for that long. */
export function useSettled<T>(value: T, milliseconds = 200): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), milliseconds);
    return () => window.clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

/** The title of the window: the page, then the product. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Keyuan` : 'Keyuan';
  }, [title]);
}

/** A value kept on this device under a name. */
export function useStored<T>(name: string, initial: T): [T, (value: T) => void] {
  const key = `keyuan.${name}`;
  const read = (): T => {
    try {
      const text = localStorage.getItem(key);
      return text === null ? initial : (JSON.parse(text) as T);
    } catch {
      return initial;
    }
  };
  const [state, setState] = useState<{ key: string; value: T }>(() => ({ key, value: read() }));
  const current = state.key === key ? state.value : read();
  return [
    current,
    (value) => {
      try {
        localStorage.setItem(key, JSON.stringify(value));
      } catch {
        // A full or forbidden store only means that it is forgotten with the page.
      }
      setState({ key, value });
    },
  ];
}
