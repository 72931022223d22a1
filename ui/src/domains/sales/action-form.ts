import { useTranslation } from 'react-i18next';
import type { FieldDefinition } from '@/api/contract';
import { useToast } from '@/design/toast';
import { useLabel } from '@/design/words';
import { useAction } from '@/records/changes';
import { useRecordForm } from '@/records/form';
import { useProblemText } from '@/records/problems';

interface Asking {
  object: string;
  id: string;
  action: string;
  /** The inputs of the action, as fields. */
  asked: FieldDefinition[];
  /** What they hold at first. */
  known: Record<string, unknown>;
  onClose: () => void;
}

/** An action that asks for something first: what is typed, how it is sent, and whether that is under way. */
export function useActionForm({ object, id, action, asked, known, onClose }: Asking) {
  const { t } = useTranslation('form');
  const label = useLabel();
  const toast = useToast();
  const explain = useProblemText();
  const act = useAction(object);
  const form = useRecordForm(known);

  const save = async () => {
    const needed = asked.filter((field) => field.required);
    if (!form.require(Object.fromEntries(needed.map((field) => [field.key, t('fill', { field: label(field.label) })])))) return;
    const body = Object.fromEntries(Object.entries(form.values).filter(([, value]) => value !== null && value !== ''));
    try {
      await act.mutateAsync({ id, action, body });
      onClose();
    } catch (error) {
      if (!form.refuse(error)) toast.show({ text: explain(error), tone: 'bad' });
    }
  };
  return { form, save, busy: act.isPending };
}
