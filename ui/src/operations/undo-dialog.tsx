import { Button, Modal } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationWhole, UndoReport } from '@/api/contract';
import { operations as api } from '@/api/endpoints';
import { Failure, Waiting } from '@/design/states';
import { useToast } from '@/design/toast';
import { useLeaveRecord, useTakeBack } from '@/records/changes';
import { keys } from '@/records/keys';
import { useProblemText } from '@/records/problems';
import styles from './operations.module.css';
import { told, useWhat } from './words';

interface UndoDialogProps {
  operation: string;
  onClose: () => void;
}

/** Says what an undo would do and what it would leave, does it, and tells what came of it where something stayed. */
export function UndoDialog({ operation, onClose }: UndoDialogProps) {
  const { t } = useTranslation(['operations', 'common']);
  const toast = useToast();
  const explain = useProblemText();
  const takeBack = useTakeBack();
  const leave = useLeaveRecord();
  // Others may have changed the records since the page was opened.
  const query = useQuery({ queryKey: keys.operation(operation), queryFn: () => api.read(operation), staleTime: 0, gcTime: 0 });
  const [report, setReport] = useState<UndoReport | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const undo = async (whole: OperationWhole) => {
    setBusy(true);
    setProblem(null);
    try {
      const made = whole.changes.filter(({ kind, record }) => (kind === 'create' || kind === 'restore') && record);
      const done = await takeBack(operation, async () => {
        if (whole.stays.length === 0) for (const { object, record } of made) await leave(object, record!);
      });
      if (done.changed.length + done.forbidden.length > 0) return setReport(done);
      toast.show({ text: t('common:undone') });
      onClose();
    } catch (error) {
      setProblem(explain(error));
    } finally {
      setBusy(false);
    }
  };

  const whole = query.data;
  const possible = whole !== undefined && whole.can_undo && remains(whole);
  return (
    <Modal
      open
      width={480}
      title={t(report ? 'reportTitle' : 'askTitle')}
      onCancel={onClose}
      footer={
        report || (whole && !possible) || query.isError ? (
          <Button onClick={onClose}>{t('close')}</Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button type="primary" loading={busy} disabled={!possible} onClick={() => void undo(whole!)} data-testid="undo-confirm">
              {t('undo')}
            </Button>
          </>
        )
      }
    >
      <div className={styles.dialog} data-testid="undo-dialog">
        {report ? <Report report={report} onLeave={onClose} /> : query.isError ? <Failure error={query.error} /> : whole ? <Plan operation={whole} /> : <Waiting lines={2} />}
        {problem && (
          <p role="alert" className={styles.problem}>
            {problem}
          </p>
        )}
      </div>
    </Modal>
  );
}

/** True where not all of what the operation changed was changed since. */
function remains({ changes, stays, more }: OperationWhole): boolean {
  const kept = new Map(stays.map(({ object, count }) => [object, count]));
  return more || changes.some(({ object, kind, count }) => kind !== 'purge' && count > (kept.get(object) ?? 0));
}

function Plan({ operation }: { operation: OperationWhole }) {
  const { t } = useTranslation('operations');
  const what = useWhat();
  if (!operation.can_undo) return <p>{t('notPossible')}</p>;
  return (
    <>
      {remains(operation) ? (
        <>
          <p className={styles.part}>{t('willTitle')}</p>
          <ul className={styles.plain}>
            {told(operation.changes).map(({ object, kind, count }, _, all) => {
              // which of several kinds they stay of is not known
              const alone = all.filter((other) => other.object === object).length === 1;
              const kept = alone ? (operation.stays.find((one) => one.object === object)?.count ?? 0) : 0;
              return count > kept && <li key={object + kind}>{t(`will.${kind}`, { what: what(object, count - kept, null, operation.more) })}</li>;
            })}
          </ul>
        </>
      ) : (
        <p>{t('nothingLeft')}</p>
      )}
      {operation.stays.length > 0 && (
        <>
          <p className={styles.part}>{t('staysTitle')}</p>
          <ul className={styles.plain}>
            {operation.stays.map(({ object, count }) => (
              <li key={object}>{t('stays', { what: what(object, count) })}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

const shown = 10;

function Report({ report, onLeave }: { report: UndoReport; onLeave: () => void }) {
  const { t } = useTranslation('operations');
  const what = useWhat();
  const list = (records: UndoReport['changed']) => (
    <ul className={styles.plain}>
      {records.slice(0, shown).map(({ object, id }) => (
        <li key={id}>
          {what(object, 1)}{' '}
          <Link to="/records/$object/$id" params={{ object, id }} onClick={onLeave}>
            {t('openRecord')}
          </Link>
        </li>
      ))}
      {records.length > shown && <li>{t('reportMore', { count: records.length - shown })}</li>}
    </ul>
  );
  return (
    <div data-testid="undo-report">
      <p>{report.undone > 0 ? t('reportDone', { count: report.undone }) : t('reportNone')}</p>
      {report.changed.length > 0 && (
        <>
          <p className={styles.part}>{t('reportChanged', { count: report.changed.length })}</p>
          {list(report.changed)}
        </>
      )}
      {report.forbidden.length > 0 && (
        <>
          <p className={styles.part}>{t('reportForbidden', { count: report.forbidden.length })}</p>
          {list(report.forbidden)}
        </>
      )}
    </div>
  );
}
