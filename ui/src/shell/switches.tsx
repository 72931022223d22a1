import { Button, Dropdown } from 'antd';
import { Languages, Monitor, Moon, Sun } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Language } from '@/api/contract';
import { useTheme, type Appearance } from '@/design/theme';
import { setLanguage } from '@/i18n';

/** What each language calls itself, whatever language is in use. */
export const ownNames: Record<Language, string> = { zh: '\u4e2d\u6587', en: 'English' };

/** Chooses between Chinese and English. */
export function LanguageSwitch() {
  const { t, i18n } = useTranslation('shell');
  const other: Language = i18n.language === 'zh' ? 'en' : 'zh';
  return (
    <Button
      type="text"
      icon={<Languages size={16} />}
      onClick={() => void setLanguage(other)}
      title={t('switchLanguage', { language: ownNames[other] })}
      aria-label={t('switchLanguage', { language: ownNames[other] })}
    >
      {ownNames[other]}
    </Button>
  );
}

const marks: Record<Appearance, typeof Sun> = { light: Sun, dark: Moon, system: Monitor };

/** Chooses light, dark or what the system says. */
export function ThemeSwitch() {
  const { t } = useTranslation('shell');
  const { appearance, setAppearance } = useTheme();
  const Icon = marks[appearance];
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        selectable: true,
        selectedKeys: [appearance],
        items: (['light', 'dark', 'system'] as const).map((key) => {
          const Mark = marks[key];
          return { key, label: t(`appearance.${key}`), icon: <Mark size={14} /> };
        }),
        onClick: ({ key }) => setAppearance(key as Appearance),
      }}
    >
      <Button type="text" icon={<Icon size={16} />} aria-label={t('appearance.title')} title={t('appearance.title')} />
    </Dropdown>
  );
}
