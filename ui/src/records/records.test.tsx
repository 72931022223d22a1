import { act, renderHook } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { ApiProblem } from '@/api/client';
import type { FieldDefinition, ObjectDefinition } from '@/api/contract';
import { activityShape } from './activity';
import { ofRecordType, shownSections } from './definitions';
import { initialValues, useRecordForm } from './form';
import { sameValue, toWrite } from './values';

describe('values', () => {
  it('are written with references as ids', () => {
    expect(toWrite({ a: { id: '1', name: 'x' }, b: [{ id: '2', name: null }, 'c'], d: { amount: '1', currency: 'CNY' } })).toEqual({
      a: '1',
      b: ['2', 'c'],
      d: { amount: '1', currency: 'CNY' },
    });
    expect(toWrite({ about: { object: 'lead', id: '1', name: 'x' } })).toEqual({ about: { object: 'lead', id: '1' } });
  });

  it('are the same whatever way nothing is said, and by id', () => {
    expect(sameValue(null, '')).toBe(true);
    expect(sameValue([], undefined)).toBe(true);
    expect(sameValue({ id: '1', name: 'a' }, '1')).toBe(true);
    expect(sameValue(0, null)).toBe(false);
  });
});

const fields = (list: Partial<FieldDefinition>[]): ObjectDefinition =>
  ({ key: 'x', name_field: 'name', fields: list.map((f) => ({ read_only: false, access: 'edit', state: 'ready', options: {}, type: 'text', ...f })) }) as unknown as ObjectDefinition;

describe('a new record', () => {
  it('begins with plain defaults; what must be computed is left to the server', () => {
    const definition = fields([
      { key: 'status', default: 'new' },
      { key: 'at', default: { expr: 'now()' } },
      { key: 'code', default: '1', read_only: true },
    ]);
    expect(initialValues(definition, { owner: 'me' })).toEqual({ status: 'new', owner: 'me' });
  });
});

describe('a record type', () => {
  const definition = {
    ...fields([{ key: 'name', required: true }, { key: 'record_type' }, { key: 'code' }, { key: 'until' }]),
    sections: [{ label: { zh: '甲', en: 'A' }, fields: ['name', 'record_type', 'until'] }, { label: { zh: '乙', en: 'B' }, fields: ['code'] }],
    record_types: [
      { value: 'own', label: { zh: '自有', en: 'Own' }, without: [], required: [] },
      { value: 'rented', label: { zh: '租用', en: 'Rented' }, without: ['code'], required: ['until'] },
    ],
  };
  const of = (type: string | null, stored?: Record<string, string>) => shownSections(ofRecordType(definition, type, stored)).map((section) => section.fields.map((field) => field.key + (field.required ? '*' : '')));

  it('says which fields there are and which are needed', () => {
    expect(of(null)).toEqual([['name*', 'record_type', 'until'], ['code']]);
    expect(of('own')).toEqual(of(null));
    expect(of('rented')).toEqual([['name*', 'record_type', 'until*']]);
  });

  it('hides nothing that a record has', () => {
    expect(of('rented', { code: '1' })).toEqual([['name*', 'record_type', 'until*'], ['code']]);
  });
});

describe('a form', () => {
  beforeEach(() => localStorage.clear());

  it('knows what changed and forgets an error once its field changes', () => {
    const { result } = renderHook(() => useRecordForm({ a: '1', b: '2' }));
    expect(result.current.dirty).toBe(false);
    act(() => {
      result.current.refuse(new ApiProblem({ type: 'urn:keyuan:problem:invalid', title: 't', detail: 'd', status: 422, errors: [{ field: 'a', code: 'x', message: 'bad' }] }));
    });
    expect(result.current.errors).toEqual({ a: 'bad' });
    act(() => result.current.set('a', '3'));
    expect(result.current.errors).toEqual({});
    expect(result.current.changes()).toEqual({ a: '3' });
    act(() => result.current.set('a', '1'));
    expect(result.current.dirty).toBe(false);
  });

  it('takes up the draft that was kept', () => {
    localStorage.setItem('keyuan.draft.customer', JSON.stringify({ name: '恒达' }));
    const { result } = renderHook(() => useRecordForm({ level: 'A' }, 'customer'));
    expect(result.current.values).toEqual({ level: 'A', name: '恒达' });
    expect(result.current.restored).toBe(true);
    act(() => result.current.forgetDraft());
    expect(localStorage.getItem('keyuan.draft.customer')).toBeNull();
  });
});

describe('an activity', () => {
  it('is about a record by its own reference, or by the one to any', () => {
    const definition = fields([
      { key: 'about', type: 'reference_any', options: { targets: ['customer', 'lead'] } },
      { key: 'customer', type: 'reference', options: { target: 'customer' } },
      { key: 'content', type: 'long_text' },
      { key: 'next_at', type: 'datetime' },
    ]);
    expect(activityShape(definition, 'customer')?.about.key).toBe('customer');
    expect(activityShape(definition, 'lead')).toMatchObject({ about: { key: 'about' }, nextAt: { key: 'next_at' } });
    expect(activityShape(definition, 'product')).toBeNull();
  });
});
