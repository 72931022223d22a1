import { EditorContent, useEditor } from '@tiptap/react';
import StarterKit from '@tiptap/starter-kit';
import { Bold, Heading3, Italic, List, ListOrdered, Quote, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { InputProps } from '../type';
import styles from './rich.module.css';

/** Edits running text. The server has the last word on which elements stay. */
export default function RichInput({ value, onChange, onDone, disabled, invalid, inPlace, label }: InputProps) {
  const { t } = useTranslation('fields');
  const editor = useEditor({
    extensions: [StarterKit.configure({ heading: { levels: [2, 3, 4] }, link: { openOnClick: false } })],
    content: (value as string | null) ?? '',
    editable: !disabled,
    autofocus: inPlace ? 'end' : false,
    onUpdate: ({ editor: changed }) => onChange(changed.isEmpty ? null : changed.getHTML()),
    onBlur: onDone,
    editorProps: { attributes: { 'aria-label': label ?? '', role: 'textbox', 'aria-multiline': 'true' } },
  });
  const tools: [string, LucideIcon, () => void, boolean][] = [
    [t('bold'), Bold, () => editor.chain().focus().toggleBold().run(), editor.isActive('bold')],
    [t('italic'), Italic, () => editor.chain().focus().toggleItalic().run(), editor.isActive('italic')],
    [t('heading'), Heading3, () => editor.chain().focus().toggleHeading({ level: 3 }).run(), editor.isActive('heading')],
    [t('bullets'), List, () => editor.chain().focus().toggleBulletList().run(), editor.isActive('bulletList')],
    [t('numbers'), ListOrdered, () => editor.chain().focus().toggleOrderedList().run(), editor.isActive('orderedList')],
    [t('quote'), Quote, () => editor.chain().focus().toggleBlockquote().run(), editor.isActive('blockquote')],
  ];
  return (
    <div className={styles.editor} data-invalid={invalid || undefined}>
      <div className={styles.tools} role="toolbar" aria-label={t('formatting')}>
        {tools.map(([name, Icon, run, active]) => (
          <button
            key={name}
            type="button"
            className={styles.tool}
            title={name}
            aria-label={name}
            aria-pressed={active}
            disabled={disabled}
            onMouseDown={(event) => event.preventDefault()}
            onClick={run}
          >
            <Icon size={16} />
          </button>
        ))}
      </div>
      <EditorContent editor={editor} className={styles.content} />
    </div>
  );
}
