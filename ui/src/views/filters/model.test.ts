import { describe, expect, it } from 'vitest';
import type { FieldDefinition, Filter } from '@/api/contract';
import { carryValue, complete, filterOf, firstOperator, partsOf } from './model';

const field = (more: Partial<FieldDefinition>) => ({ type: 'text', operators: ['=', 'in', 'contains', 'is_null'], measures: [], ...more }) as FieldDefinition;

describe('filters', () => {
  it('come apart into conditions and together again', () => {
    const filter: Filter = ['and', ['level', 'in', ['A', 'B']], ['amount', '>=', '100'], ['or', ['a', '=', 1], ['b', '=', 2]]];
    const parts = partsOf(filter);
    expect(parts).toHaveLength(3);
    expect(parts[2]).toEqual({ other: ['or', ['a', '=', 1], ['b', '=', 2]] });
    expect(filterOf(parts)).toEqual(filter);
  });

  it('of one condition need no join', () => {
    expect(filterOf(partsOf(['name', 'contains', 'x']))).toEqual(['name', 'contains', 'x']);
    expect(filterOf([])).toBeUndefined();
  });

  it('leave out conditions that are not complete', () => {
    expect(complete({ field: 'a', operator: 'between', value: ['1', null] })).toBe(false);
    expect(complete({ field: 'a', operator: 'is_null', value: false })).toBe(true);
    expect(filterOf([{ condition: { field: 'a', operator: '=', value: '' } }])).toBeUndefined();
  });

  it('begin with the operator that is meant most often', () => {
    expect(firstOperator(field({}))).toBe('contains');
    expect(firstOperator(field({ type: 'choice', operators: ['=', '!=', 'in', 'is_null'] }))).toBe('in');
    expect(firstOperator(field({ type: 'money', operators: ['=', '>=', 'in'], measures: ['sum'] }))).toBe('>=');
    expect(firstOperator(field({ type: 'boolean', operators: ['=', 'is_null'] }))).toBe('=');
    expect(firstOperator(field({ type: 'date', operators: ['=', 'within', 'in'] }))).toBe('within');
  });

  it('carry their value to another operator where it fits', () => {
    expect(carryValue('A', '=', '!=')).toBe('A');
    expect(carryValue('A', '=', 'in')).toEqual(['A']);
    expect(carryValue(['A', 'B'], 'in', '=')).toBe('A');
    expect(carryValue('2026-01-01', '=', 'between')).toBeNull();
    expect(carryValue('x', '=', 'is_null')).toBe(true);
  });
});
