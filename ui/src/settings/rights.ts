import { useSession } from '@/session/context';

/** True where the person may change objects and fields. */
export function useMayDefine(): boolean {
  const { capabilities, roles } = useSession();
  return capabilities.some((name) => name === '*' || name === 'administrator' || name.startsWith('definition')) || roles.includes('administrator');
}
