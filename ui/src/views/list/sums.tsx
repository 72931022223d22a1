import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, Filter, ObjectDefinition } from '@/api/contract';
import { record as api } from '@/api/endpoints';
import { formatMoney, formatNumber } from '@/design/format';
import { useSetting } from '@/design/words';
import { addsUp, resultType } from '@/fields/shared/result';
import { keys } from '@/records/keys';
import { isEmpty } from '@/records/values';
import styles from './grid.module.css';

/** A sum, as an amount of money where its column has those. */
function Sum({ field, value }: { field: FieldDefinition; value: string }) {
  const { currency } = useSetting();
  return resultType(field) === 'money' ? formatMoney({ amount: value, currency }) : formatNumber(value);
}

/** The sums of the columns that have one, over everything that matches. */
export function Sums({ definition, columns, filter, q }: { definition: ObjectDefinition; columns: FieldDefinition[]; filter: Filter | undefined; q: string | undefined }) {
  const { t } = useTranslation('list');
  const summed = columns.filter((field) => field.access !== 'masked' && addsUp(field));
  const body = { measures: summed.map((field) => ['sum', field.key]), ...(filter ? { filter } : {}), ...(q ? { q } : {}) };
  const { data } = useQuery({
    queryKey: keys.aggregate(definition.key, body),
    queryFn: () => api.aggregate(definition.key, body),
    enabled: summed.length > 0,
    staleTime: 30_000,
    placeholderData: (previous) => previous,
  });
  if (summed.length === 0) return null;
  const row = data?.rows[0];
  return (
    <div role="row" className={styles.foot}>
      <div role="gridcell" className={styles.check} />
      {columns.map((field, index) => {
        const sum = summed.includes(field) ? row?.[`sum_${field.key}`] : undefined;
        return (
          <div key={field.key} role="gridcell" className={styles.footCell} data-first={index === 0 || undefined} data-align={summed.includes(field) ? 'end' : undefined}>
            {index === 0 && <span>{t('sum')}</span>}
            {!isEmpty(sum) && (
              <span className={styles.sum} data-testid={`sum-${field.key}`}>
                <Sum field={field} value={String(sum)} />
              </span>
            )}
          </div>
        );
      })}
      <div role="presentation" />
    </div>
  );
}
