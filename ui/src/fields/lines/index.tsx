import { useTranslation } from 'react-i18next';
import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import { later } from '../shared/later';
import type { DisplayProps, FieldType, InputProps } from '../type';

const Table = later<DisplayProps>(() => import('./table').then((m) => ({ default: m.LinesTable })));
const Input = later<InputProps>(() => import('./input'));

function Display(props: DisplayProps) {
  const { t } = useTranslation('fields');
  if (isEmpty(props.value)) return <Dash />;
  return props.place === 'page' ? <Table {...props} /> : <Cut>{t('lineCount', { count: (props.value as unknown[]).length })}</Cut>;
}

/** Child records that live inside this one, such as the items of a quote. */
export default { apart: true, Display, Input, width: 100, wide: true, tall: true } satisfies FieldType;
