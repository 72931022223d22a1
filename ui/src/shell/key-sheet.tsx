import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import styles from './key-sheet.module.css';
import { modKey } from './top-bar';

const sheet = [
  { group: 'everywhere', keys: [['palette', [`${modKey} K`]], ['settings', [`${modKey} ,`]], ['sheet', ['?']]] },
  {
    group: 'list',
    keys: [
      ['next', ['j', '↓']],
      ['previous', ['k', '↑']],
      ['open', ['Enter']],
      ['peek', ['Space']],
      ['select', ['x']],
      ['new', ['n']],
      ['find', ['/']],
      ['edit', ['e']],
    ],
  },
  { group: 'cell', keys: [['change', ['Enter']], ['type', ['a–z']], ['nextCell', ['Tab']], ['giveUp', ['Esc']]] },
  { group: 'record', keys: [['edit', ['e']], ['nextRecord', ['j']], ['previousRecord', ['k']], ['back', ['Esc']]] },
  { group: 'form', keys: [['save', [`${modKey} Enter`]], ['saveAndNew', [`${modKey} Shift Enter`]]] },
] as const;

/** All keys on one sheet. */
export function KeySheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('shell');
  return (
    <Modal open title={t('keys.title')} footer={null} onCancel={onClose} width={640}>
      <div className={styles.sheet}>
        {sheet.map(({ group, keys }) => (
          <section key={group}>
            <h3 className={styles.title}>{t(`keys.groups.${group}`)}</h3>
            {keys.map(([name, shown]) => (
              <div key={name} className={styles.row}>
                <span>{t(`keys.${name}`)}</span>
                <span className={styles.keys}>
                  {shown.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </span>
              </div>
            ))}
          </section>
        ))}
      </div>
    </Modal>
  );
}
