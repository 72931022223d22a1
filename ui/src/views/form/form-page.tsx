import { Button, Modal } from 'antd';
import { getRouteApi, useBlocker, useNavigate, useRouter } from '@tanstack/react-router';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectDefinition, RecordData } from '@/api/contract';
import { useToast } from '@/design/toast';
import { useTitle } from '@/design/use';
import { useLabel } from '@/design/words';
import { idempotencyKey, useCreate, useSave, useUndoCreate } from '@/records/changes';
import { nameOf } from '@/records/values';
import { ofRecordType, useDefinition } from '@/records/definitions';
import { formValues, initialValues, useRecordForm, type Values } from '@/records/form';
import { recordQuery } from '@/records/hooks';
import { useTaken, withTaken } from '@/records/taken';
import { useProblemText } from '@/records/problems';
import { useSession } from '@/session/context';
import { useKeys } from '@/shell/keys';
import { modKey } from '@/shell/top-bar';
import { FormSections, writableSections } from './fields';
import styles from './form.module.css';

const newRoute = getRouteApi('/app/records/$object/new');
const editRoute = getRouteApi('/app/records/$object/$id/edit');

export interface NewSearch {
  values?: Values;
}

/** Makes a record. */
export function NewPage() {
  const { object } = newRoute.useParams();
  const { values } = newRoute.useSearch();
  const definition = useDefinition(object);
  return <RecordFormView key={object} definition={definition} given={values} />;
}

/** Changes a record in a form of all its fields. */
export function EditPage() {
  const { object, id } = editRoute.useParams();
  const definition = useDefinition(object);
  const { data } = useSuspenseQuery(recordQuery(object, id));
  return <RecordFormView key={id} definition={definition} record={data} />;
}

interface FormViewProps {
  definition: ObjectDefinition;
  record?: RecordData;
  given?: Values;
}

function RecordFormView({ definition, record, given }: FormViewProps) {
  const { t } = useTranslation('form');
  const { t: common } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const router = useRouter();
  const toast = useToast();
  const explain = useProblemText();
  const object = definition.key;
  // A form opened for a certain parent is a draft of its own.
  const draft = record ? undefined : given ? `${object}.${JSON.stringify(given)}` : object;
  const { user } = useSession();
  const begin = () => initialValues(definition, { ...(definition.owned && owns(definition) ? { owner: { id: user.id, name: user.name } } : {}), ...given });
  // eslint-disable-next-line react-hooks/exhaustive-deps -- `begin` only depends on what is listed
  const initial = useMemo(() => (record ? formValues(definition, record) : begin()), [definition, record, given, user]);
  const form = useRecordForm(initial, draft);
  // What kind of record it is says which fields there are and which of them are needed.
  const shown = useMemo(() => ofRecordType(definition, form.values.record_type, record), [definition, form.values.record_type, record]);
  const taken = useTaken(definition, form.values, record?.id);
  const [key, setKey] = useState(idempotencyKey);
  const create = useCreate(object);
  const undo = useUndoCreate(object);
  const save = useSave(object);
  const body = useRef<HTMLFormElement>(null);
  const busy = create.isPending || save.isPending;
  const name = label(definition.label);
  const title = record ? t('editTitle', { name: (nameOf(definition, record) || name) }) : t('newTitle', { object: name });
  useTitle(title);

  const leaving = useRef(false);
  const blocker = useBlocker({
    shouldBlockFn: () => Boolean(record) && form.dirty && !leaving.current,
    enableBeforeUnload: () => Boolean(record) && form.dirty && !leaving.current,
    withResolver: true,
  });

  useEffect(() => {
    body.current?.querySelector<HTMLElement>('input:not([type=hidden]):not([disabled]),textarea')?.focus();
  }, []);

  const showFirstError = () => {
    requestAnimationFrame(() => {
      const first = body.current?.querySelector<HTMLElement>('[role=alert]');
      first?.scrollIntoView({ block: 'center' });
      first?.closest('[data-field]')?.querySelector<HTMLElement>('input,textarea')?.focus();
    });
  };

  const submit = async (another: boolean) => {
    if (busy) return;
    const required = writableSections(shown, !record)
      .flatMap((section) => section.fields)
      .filter((field) => field.required && field.type !== 'boolean');
    if (!form.require(Object.fromEntries(required.map((field) => [field.key, t('fill', { field: label(field.label) })])))) {
      showFirstError();
      return;
    }
    try {
      if (record) {
        const changes = without(form.changes(), definition, shown);
        if (Object.keys(changes).length) await save.mutateAsync({ id: record.id, values: changes, version: record.version });
        leaving.current = true;
        await navigate({ to: '/records/$object/$id', params: { object, id: record.id }, replace: true });
        return;
      }
      const { data, operation } = await create.mutateAsync({ values: filled(without(form.values, definition, shown)), key });
      form.forgetDraft();
      const created = () =>
        toast.show({
          text: t('createdOne', { name: nameOf(definition, data) || name }),
          action: operation ? { label: common('undo'), run: () => void undo(operation, data.id) } : undefined,
        });
      if (another) {
        created();
        form.reset(begin());
        setKey(idempotencyKey());
        body.current?.querySelector<HTMLElement>('input,textarea')?.focus();
        return;
      }
      await navigate({ to: '/records/$object/$id', params: { object, id: data.id }, replace: true });
      created();
    } catch (error) {
      // A refused request made nothing: the next attempt is a new one.
      setKey(idempotencyKey());
      if (form.refuse(error)) showFirstError();
      else toast.show({ text: explain(error), tone: 'bad' });
    }
  };

  // On the whole page, for the focus may have gone to where somebody nearly left by.
  const saveByKey = (another: boolean) => (event: KeyboardEvent) => {
    const dialog = event.target instanceof Element ? event.target.closest('.ant-modal-wrap') : null;
    if (blocker.status === 'blocked' || (dialog && !dialog.classList.contains(styles.leaving!))) return;
    void submit(another);
  };
  useKeys({ 'mod+enter': saveByKey(false), 'mod+shift+enter': saveByKey(!record) });

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1 className={styles.title}>{title}</h1>
      </header>
      <div className={styles.scroll}>
        <form
          ref={body}
          className={styles.body}
          noValidate
          data-testid="form"
          onSubmit={(event) => event.preventDefault()}
        >
          {form.restored && (
            <div className={styles.draft}>
              <span>{t('draftRestored')}</span>
              <Button
                type="text"
                size="small"
                onClick={() => form.reset(begin())}
              >
                {t('discardDraft')}
              </Button>
            </div>
          )}
          <FormSections definition={shown} form={record ? form : withTaken(form, definition, taken)} creating={!record} taken={taken} />
        </form>
      </div>
      <footer className={styles.foot}>
        <span className={styles.hint}>
          <kbd>{modKey}</kbd> <kbd>Enter</kbd> {t('saveHint')}
        </span>
        <Button onClick={() => router.history.back()}>{t('cancel')}</Button>
        {!record && (
          <Button onClick={() => void submit(true)} disabled={busy}>
            {t('saveAndNew')}
          </Button>
        )}
        <Button type="primary" loading={busy} onClick={() => void submit(false)} data-testid="save">
          {record ? t('save') : t('create')}
        </Button>
      </footer>
      <Modal
        open={blocker.status === 'blocked'}
        wrapClassName={styles.leaving}
        title={t('leaveTitle')}
        okText={t('leave')}
        cancelText={t('stay')}
        okButtonProps={{ danger: true }}
        onOk={() => blocker.proceed?.()}
        onCancel={() => blocker.reset?.()}
      >
        {t('leaveText')}
      </Modal>
    </div>
  );
}

/** True where the person may say whose a new record is. */
const owns = (definition: ObjectDefinition): boolean => definition.fields.some((field) => field.key === 'owner' && !field.read_only && field.access === 'edit');

/** What was entered in fields that the form does not show any more is not sent. */
const without = (values: Values, whole: ObjectDefinition, shown: ObjectDefinition): Values => {
  const keys = new Set(shown.fields.map((field) => field.key));
  const gone = new Set(whole.fields.map((field) => field.key).filter((key) => !keys.has(key)));
  return Object.fromEntries(Object.entries(values).filter(([key]) => !gone.has(key)));
};

/** Fields left empty are not sent, so that the server's defaults apply. */
const filled = (values: Values): Values => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== ''));
