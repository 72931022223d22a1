import { createElement } from 'react';
import { iconOf } from './icons';

/** The mark of an object by the name its definition gives. */
export const ObjectIcon = ({ name, size = 16 }: { name: string | undefined; size?: number }) =>
  createElement(iconOf(name), { size, strokeWidth: 1.75, 'aria-hidden': true });
