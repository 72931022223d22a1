import { createContext, useContext } from 'react';
import type { Session } from '@/api/contract';

export const SessionContext = createContext<Session | null>(null);

/** Who is signed in. Only used below the frame, where somebody always is. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession outside of a session');
  return session;
}
