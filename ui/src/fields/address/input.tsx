import { Cascader, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Address } from '@/api/contract';
import styles from '../shared/fields.module.css';
import { divisions } from '../shared/divisions';
import type { InputProps } from '../type';

/** Picks the division by name and takes the street in words. */
export default function AddressInput({ id, value, onChange, disabled, invalid, inPlace, label }: InputProps) {
  const { t } = useTranslation('fields');
  const address = (value as Address | null) ?? {};
  const codes = [address.province, address.city, address.district].filter((code): code is string => Boolean(code));
  const set = (next: Address) => onChange(Object.values(next).some(Boolean) ? next : null);
  return (
    <span className={styles.addressInput}>
      <Cascader
        id={id}
        value={codes}
        options={divisions}
        changeOnSelect
        autoFocus={inPlace}
        showSearch={{ filter: (text, path) => path.some((option) => String(option.label).includes(text)) }}
        displayRender={(labels) => labels.join(' ')}
        onChange={(next) => {
          const [province, city, district] = next;
          set({ detail: address.detail ?? null, province: province ?? null, city: city ?? null, district: district ?? null });
        }}
        disabled={disabled}
        status={invalid ? 'error' : undefined}
        placeholder={t('division')}
        aria-label={label}
      />
      <Input
        value={address.detail ?? ''}
        onChange={(event) => set({ ...address, detail: event.target.value || null })}
        disabled={disabled}
        status={invalid ? 'error' : undefined}
        placeholder={t('street')}
        aria-label={t('street')}
      />
    </span>
  );
}
