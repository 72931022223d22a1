import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { currentLanguage, i18next, startI18n } from './index';

const source = join(import.meta.dirname, '..');
const languages = ['zh', 'en'] as const;

interface Words { [key: string]: string | Words }

function read(language: string): Record<string, Words> {
  const folder = join(import.meta.dirname, language);
  return Object.fromEntries(readdirSync(folder).map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8')) as Words]));
}

function flat(words: Words, prefix = ''): [string, string][] {
  return Object.entries(words).flatMap(([key, value]) => (typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flat(value, `${prefix}${key}.`)));
}

/** The key without the form of its number: Chinese has one form, English two. */
const base = (key: string) => key.replace(/_(one|other)$/, '');
const places = (text: string) => [...new Set([...text.matchAll(/\{\{(\w+)(?:, \w+)?\}\}/g)].map((match) => match[1]!))].sort();

function files(folder: string, ending: RegExp): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path, ending) : ending.test(name) ? [path] : [];
  });
}

describe('the words', () => {
  const [zh, en] = languages.map(read) as [Record<string, Words>, Record<string, Words>];

  it('have the same areas in both languages', () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh));
  });

  for (const area of Object.keys(zh)) {
    const chinese = new Map(flat(zh[area]!));
    const english = new Map(flat(en[area] ?? {}));
    it(`of ${area} have the same keys and none is empty`, () => {
      const keys = (words: Map<string, string>) => [...new Set([...words.keys()].map(base))].sort();
      expect(keys(english)).toEqual(keys(chinese));
      expect([...chinese, ...english].filter(([, text]) => !text.trim())).toEqual([]);
    });

    it(`of ${area} name the same places and are in their language`, () => {
      for (const [key, text] of english) {
        const other = chinese.get(key) ?? chinese.get(`${base(key)}_other`) ?? '';
        // A form for exactly one may say it without the number.
        const needed = places(other).filter((place) => !(key.endsWith('_one') && place === 'count'));
        expect(places(text), key).toEqual(expect.arrayContaining(needed));
        expect(text, key).not.toMatch(/[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]/);
      }
    });
  }
});

describe('components', () => {
  it('hold no Chinese text of their own', () => {
    const found = files(source, /\.tsx$/).filter((path) => !path.includes('.test.') && /[\u3400-\u9fff]/.test(withoutComments(readFileSync(path, 'utf8'))));
    expect(found.map((path) => relative(source, path))).toEqual([]);
  });

  it('hold no colours: those are in design/tokens.ts', () => {
    const found = files(source, /\.(tsx|css)$/)
      .filter((path) => !path.includes('.test.'))
      .flatMap((path) => (/#[0-9a-f]{3,8}\b(?![-\w])|rgba?\(|hsla?\(/i.test(withoutComments(readFileSync(path, 'utf8'))) ? [relative(source, path)] : []));
    expect(found).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

describe('labels inside of English sentences', () => {
  it('are small, but for names and abbreviations', async () => {
    await startI18n('en');
    expect(currentLanguage()).toBe('en');
    const made = (object: string) => i18next.t('list:new', { object });
    expect(['Customer', 'Key account', 'WeChat group', 'SKU', '客户', 'A la carte'].map(made)).toEqual([
      'New customer', 'New key account', 'New WeChat group', 'New SKU', 'New 客户', 'New A la carte',
    ]); // prettier-ignore
    expect(i18next.t('list:empty', { objects: 'Customers' })).toBe('No customers yet');
  });
});
