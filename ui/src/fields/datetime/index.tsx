import { formatDateTime, formatRelativeDay, dayOf } from '@/design/format';
import { useSetting } from '@/design/words';
import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import { later } from '../shared/later';
import type { DisplayProps, FieldType, InputProps } from '../type';

function Display({ value }: DisplayProps) {
  const { language, zone, today } = useSetting();
  if (isEmpty(value)) return <Dash />;
  const moment = value as string;
  return <Cut title={formatRelativeDay(dayOf(moment, zone), today, language)}>{formatDateTime(moment, zone)}</Cut>;
}

const Moment = later<InputProps & { timed?: boolean }>(() => import('../shared/day'));
const Input = (props: InputProps) => <Moment {...props} timed />;

/** A moment, shown in the organisation's time zone. */
export default { Display, Input, width: 160, picks: true, listed: true } satisfies FieldType;
