import { useQuery } from '@tanstack/react-query';
import type { Address } from '@/api/contract';
import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import { later } from '../shared/later';
import type { DisplayProps, FieldType, InputProps } from '../type';

function Display({ value, place }: DisplayProps) {
  const { data: words } = useQuery({
    queryKey: ['divisions'],
    queryFn: () => import('../shared/divisions'),
    staleTime: Infinity,
    gcTime: Infinity,
    enabled: !isEmpty(value),
  });
  if (isEmpty(value)) return <Dash />;
  const address = value as Address;
  const path = words?.divisionPath([address.province, address.city, address.district]) ?? '';
  const text = [path, address.detail].filter(Boolean).join(' ');
  if (!text) return words ? <Dash /> : null;
  return place === 'page' ? <span>{text}</span> : <Cut>{text}</Cut>;
}

const Input = later<InputProps>(() => import('./input'));

/** An address in China: 省市区 by code and the rest in words. */
export default { Display, Input, width: 220, wide: true, tall: true, listed: true } satisfies FieldType;
