import { textType } from '../shared/text';

/** One line of text. */
export default textType('text', { width: 200 });
