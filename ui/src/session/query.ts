import { queryOptions } from '@tanstack/react-query';
import { session as api } from '@/api/endpoints';
import { keys } from '@/records/keys';

export const sessionQuery = queryOptions({ queryKey: keys.session, queryFn: api.read, staleTime: Infinity, gcTime: Infinity, retry: false });
