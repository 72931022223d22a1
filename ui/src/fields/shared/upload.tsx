import { Button } from 'antd';
import { Plus, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fileAddress } from '@/api/client';
import type { FileValue } from '@/api/contract';
import { files as api } from '@/api/endpoints';
import { useProblemText } from '@/records/problems';
import type { InputProps } from '../type';
import { FileLabel } from './display';
import styles from './fields.module.css';

interface UploadProps extends InputProps {
  images?: boolean;
}

/** Uploads files as drafts that the record takes when it is saved; dropping and pasting work as choosing does. */
export function UploadInput({ id, value, onChange, field, disabled, label, images }: UploadProps) {
  const { t } = useTranslation('fields');
  const explain = useProblemText();
  const chooser = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  const held = (value as FileValue[] | null) ?? [];
  const limit = Number(field.options.megabytes ?? 50);

  const take = async (given: FileList | null) => {
    const list = [...(given ?? [])];
    const large = list.find((file) => file.size > limit * 1024 * 1024);
    if (large) {
      setProblem(t('tooLarge', { name: large.name, limit }));
      return;
    }
    setProblem(null);
    setBusy((n) => n + list.length);
    try {
      onChange([...held, ...(await Promise.all(list.map((file) => api.upload(file))))]);
    } catch (error) {
      setProblem(explain(error));
    } finally {
      setBusy((n) => n - list.length);
    }
  };

  return (
    <div
      className={styles.files}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void take(event.dataTransfer.files);
      }}
      onPaste={(event) => {
        if (event.clipboardData.files.length) void take(event.clipboardData.files);
      }}
    >
      <div className={images ? styles.images : styles.files}>
        {held.map((file) => (
          <span key={file.id} className={styles.file}>
            {images ? <img className={styles.image} src={fileAddress(file.id)} alt={file.name} /> : <FileLabel name={file.name} />}
            {!disabled && (
              <Button
                type="text"
                size="small"
                icon={<X size={14} />}
                aria-label={t('removeFile', { name: file.name })}
                onClick={() => onChange(held.length > 1 ? held.filter((f) => f.id !== file.id) : null)}
              />
            )}
          </span>
        ))}
      </div>
      <input
        ref={chooser}
        id={id}
        type="file"
        hidden
        multiple
        accept={images ? 'image/*' : undefined}
        aria-label={label}
        onChange={(event) => {
          void take(event.target.files);
          event.target.value = '';
        }}
      />
      {!disabled && (
        <span>
          <Button size="small" icon={<Plus size={14} />} loading={busy > 0} onClick={() => chooser.current?.click()}>
            {images ? t('addImage') : t('addFile')}
          </Button>
        </span>
      )}
      {problem && (
        <span role="alert" className={styles.problem}>
          {problem}
        </span>
      )}
    </div>
  );
}
