import { formatDate, formatRelativeDay } from '@/design/format';
import { useSetting } from '@/design/words';
import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import { later } from '../shared/later';
import type { DisplayProps, FieldType, InputProps } from '../type';

function Display({ value }: DisplayProps) {
  const { language, today } = useSetting();
  if (isEmpty(value)) return <Dash />;
  const day = formatDate(value as string);
  return <Cut title={formatRelativeDay(day, today, language)}>{day}</Cut>;
}

const Input = later<InputProps>(() => import('../shared/day'));

/** A day of the calendar. */
export default { Display, Input, width: 120, picks: true, listed: true } satisfies FieldType;
