import { useQuery } from '@tanstack/react-query';
import type { Address } from '@/api/contract';
import { preparedQuery } from '@/records/prepared';
import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import { later } from '../shared/later';
import type { DisplayProps, FieldType, InputProps } from '../type';

const prepare = () => import('../shared/divisions');

function Display({ value, place }: DisplayProps) {
  const { data: words, isPending } = useQuery({ ...preparedQuery('address', prepare), enabled: !isEmpty(value) });
  if (isEmpty(value)) return <Dash />;
  // Never a part of it that grows when the names are there.
  if (isPending) return null;
  const address = value as Address;
  const path = words?.divisionPath([address.province, address.city, address.district]) ?? '';
  const text = [path, address.detail].filter(Boolean).join(' ');
  if (!text) return <Dash />;
  return place === 'page' ? <span>{text}</span> : <Cut>{text}</Cut>;
}

const Input = later<InputProps>(() => import('./input'));

/** An address in China: 省市区 by code and the rest in words. */
export default { Display, Input, prepare, width: 220, wide: true, tall: true, listed: true } satisfies FieldType;
