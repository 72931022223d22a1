import { Button, Modal, Radio } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLabel } from '@/design/words';
import { FieldValue } from '@/fields/value';
import { provideConflictDialog, type ConflictAnswer, type ConflictQuestion } from '@/records/conflict';
import { fieldsByKey, useMaybeDefinition } from '@/records/definitions';
import { isReference, sameValue } from '@/records/values';
import styles from './conflict.module.css';

interface Asked extends ConflictQuestion {
  answer: (answer: ConflictAnswer) => void;
}

/** Two people changed the same record: shows both values of each field and takes either. */
export function ConflictDialog() {
  const { t } = useTranslation('record');
  const label = useLabel();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [mine, setMine] = useState<Record<string, boolean>>({});
  const definition = useMaybeDefinition(asked?.object);
  const queue = useRef<Asked[]>([]);

  useEffect(
    () =>
      provideConflictDialog(
        (question) =>
          new Promise((resolve) => {
            const entry: Asked = { ...question, answer: resolve };
            setAsked((now) => {
              if (now) queue.current.push(entry);
              return now ?? entry;
            });
            setMine({});
          }),
      ),
    [],
  );

  if (!asked || !definition) return null;
  const fields = fieldsByKey(definition);
  const different = Object.keys(asked.mine).filter((key) => !sameValue(asked.mine[key], asked.theirs[key]));
  const close = (answer: ConflictAnswer) => {
    asked.answer(answer);
    setMine({});
    setAsked(queue.current.shift() ?? null);
  };
  const keep = (key: string) => mine[key] ?? true;
  const who = asked.theirs.updated_by;

  return (
    <Modal
      open
      width={640}
      title={t('conflictTitle')}
      onCancel={() => close(null)}
      footer={[
        <Button key="theirs" onClick={() => close(null)}>
          {t('keepTheirs')}
        </Button>,
        <Button key="save" type="primary" onClick={() => close(Object.fromEntries(different.filter(keep).map((key) => [key, asked.mine[key]])))} data-testid="conflict-save">
          {t('saveChosen')}
        </Button>,
      ]}
    >
      <p className={styles.text}>{t('conflictText', { who: isReference(who) && who.name ? who.name : t('someone') })}</p>
      <table className={styles.table}>
        <thead>
          <tr>
            <th>{t('field')}</th>
            <th>{t('mine')}</th>
            <th>{t('theirs')}</th>
          </tr>
        </thead>
        <tbody>
          {different.map((key) => {
            const field = fields.get(key);
            if (!field) return null;
            const side = (own: boolean) => (
              <Radio checked={keep(key) === own} onChange={() => setMine({ ...mine, [key]: own })} className={styles.choice}>
                <FieldValue field={field} value={own ? asked.mine[key] : asked.theirs[key]} place="words" />
              </Radio>
            );
            return (
              <tr key={key} data-testid={`conflict-${key}`}>
                <th scope="row">{label(field.label)}</th>
                <td>{side(true)}</td>
                <td>{side(false)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Modal>
  );
}
