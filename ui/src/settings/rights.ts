import { useSession } from '@/session/context';

/** True where the person may change objects and fields. */
export function useMayDefine(): boolean {
  return useSession().capabilities.includes('definitions');
}
