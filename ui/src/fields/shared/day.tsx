import { DatePicker } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import 'dayjs/locale/zh-cn';
import { useState } from 'react';
import { momentOf, wallTime } from '@/design/zone';
import { useLanguage, useSetting } from '@/design/words';
import type { InputProps } from '../type';
import styles from './fields.module.css';

interface DayProps extends InputProps {
  /** With the time of the day. */
  timed?: boolean;
}

/** A day, or a moment shown in the organisation's time zone. Loaded when it is first needed. */
export default function DayInput({ id, value, onChange, onDone, inPlace, disabled, invalid, label, timed }: DayProps) {
  const { zone } = useSetting();
  const language = useLanguage();
  const [open, setOpen] = useState(Boolean(inPlace));
  const text = (value as string | null) ?? null;
  const shown = text ? dayjs(timed ? wallTime(text, zone) : text).locale(language === 'zh' ? 'zh-cn' : 'en') : null;
  const read = (next: Dayjs | null) => {
    if (!next?.isValid()) return null;
    return timed ? momentOf(next.format('YYYY-MM-DDTHH:mm:00'), zone) : next.format('YYYY-MM-DD');
  };
  return (
    <DatePicker
      id={id}
      className={styles.full}
      value={shown}
      showTime={timed ? { format: 'HH:mm', minuteStep: 5 } : false}
      format={timed ? ['YYYY-MM-DD HH:mm', 'YYYY/M/D H:mm'] : ['YYYY-MM-DD', 'YYYY/M/D', 'YYYYMMDD', 'YYYY-M-D']}
      onChange={(next) => onChange(read(next))}
      autoFocus={inPlace}
      open={inPlace ? open : undefined}
      onOpenChange={(next) => {
        setOpen(next);
        if (inPlace && !next) onDone?.();
      }}
      disabled={disabled}
      status={invalid ? 'error' : undefined}
      aria-label={label}
    />
  );
}
