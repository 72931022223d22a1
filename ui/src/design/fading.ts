import { useEffect, useRef, type RefObject } from 'react';
import './fading.css';

/** A row that is scrolled sideways, such as tabs on a phone: it says at which of its ends something is cut off
 * (`data-cut-start`, `data-cut-end`), where it fades out, and keeps what is chosen (`mark`) in sight. */
export function useFading<Row extends HTMLElement>(chosen: string | undefined, mark = '[aria-selected=true]'): RefObject<Row | null> {
  const row = useRef<Row>(null);
  useEffect(() => {
    const element = row.current;
    if (!element) return;
    const look = () => {
      element.toggleAttribute('data-cut-start', element.scrollLeft > 1);
      element.toggleAttribute('data-cut-end', element.scrollLeft + element.clientWidth < element.scrollWidth - 1);
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const size = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(look);
    size?.observe(element);
    const content = new MutationObserver(look);
    content.observe(element, { childList: true, subtree: true, characterData: true });
    return () => {
      element.removeEventListener('scroll', look);
      size?.disconnect();
      content.disconnect();
    };
  }, []);
  useEffect(() => {
    row.current?.querySelector(mark)?.scrollIntoView?.({ block: 'nearest', inline: 'center' });
  }, [chosen, mark]);
  return row;
}
