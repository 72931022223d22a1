import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FieldDefinition, ObjectDefinition } from '@/api/contract';
import { record as api } from '@/api/endpoints';
import { narrowed, useTaken } from './taken';

afterEach(() => vi.restoreAllMocks());

const deal = { key: 'opportunity', fields: [{ key: 'pipeline', type: 'reference', options: { target: 'pipeline' } }], can: { create: false, edit: true } } as unknown as ObjectDefinition;
const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>{children}</QueryClientProvider>;

describe('what may be chosen', () => {
  it('is asked of the record that is changed, also by who makes none', async () => {
    const fresh = vi.spyOn(api, 'draft');
    const change = vi.spyOn(api, 'draftChange').mockResolvedValue({ values: {}, offers: { pipeline: ['id', 'in', ['1']] } });
    const values = { owner: { id: 'o', name: 'O' }, pipeline: { id: '1', name: 'P' }, name: 'x' };
    const { result } = renderHook(() => useTaken(deal, values, 'd'), { wrapper });
    await waitFor(() => expect(result.current.offers.pipeline).toEqual(['id', 'in', ['1']]));
    expect(change).toHaveBeenCalledWith('opportunity', 'd', { owner: 'o', pipeline: '1' });
    expect(fresh).not.toHaveBeenCalled();
    expect(narrowed(deal.fields[0] as FieldDefinition, result.current).options.filter).toEqual(['id', 'in', ['1']]);
  });

  it('in a new record is not asked by who makes none', () => {
    const fresh = vi.spyOn(api, 'draft');
    renderHook(() => useTaken(deal, {}), { wrapper });
    expect(fresh).not.toHaveBeenCalled();
  });
});
