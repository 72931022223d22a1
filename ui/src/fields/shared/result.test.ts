import { describe, expect, it } from 'vitest';
import type { FieldDefinition } from '@/api/contract';
import { addsUp } from './result';

const field = (type: string, more: Partial<FieldDefinition> = {}) => ({ type, measures: ['count', 'sum', 'avg'], options: {}, ...more }) as FieldDefinition;

describe('the foot of a list', () => {
  it('adds up amounts, numbers and counts', () => {
    expect(['integer', 'decimal', 'money', 'duration'].map((type) => addsUp(field(type)))).toEqual([true, true, true, true]);
    expect(addsUp(field('rollup', { options: { measure: 'sum', result: 'number' } }))).toBe(true);
    expect(addsUp(field('rollup', { options: { measure: 'count' } }))).toBe(true);
    expect(addsUp(field('formula', { options: { result: 'number' }, unit: 'currency' }))).toBe(true);
  });

  it('adds up no ratios, scores, ages and extremes', () => {
    expect(addsUp(field('percent'))).toBe(false);
    expect(addsUp(field('formula', { options: { result: 'integer' } }))).toBe(false);
    expect(addsUp(field('rollup', { options: { measure: 'max', result: 'number' } }))).toBe(false);
    expect(addsUp(field('text', { measures: ['count'] }))).toBe(false);
  });
});
