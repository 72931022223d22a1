import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Navigate, useLocation } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { ApiProblem, connection } from '@/api/client';
import { session as api } from '@/api/endpoints';
import { Failure, Waiting } from '@/design/states';
import { languageChosen, setLanguage } from '@/i18n';
import { keys } from '@/records/keys';
import { SessionContext } from './context';
import { MustChangePassword } from './password';
import { SignInAgain } from './again';

export const sessionQuery = { queryKey: keys.session, queryFn: api.read, staleTime: Infinity, retry: false };

/** Lets through who is signed in; sends others to sign in and back here afterwards. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data: session, error, refetch } = useQuery(sessionQuery);
  const client = useQueryClient();
  const location = useLocation();

  // Set before children send anything: an effect would come after their first requests.
  if (session) connection.csrf = session.csrf_token;
  useEffect(() => {
    if (session?.user.language && !languageChosen()) void setLanguage(session.user.language, false);
  }, [session?.user.language]);

  if (session?.user.must_change_password) {
    return <MustChangePassword onDone={() => void client.invalidateQueries({ queryKey: keys.session })} />;
  }
  if (session) {
    return (
      <SessionContext.Provider value={session}>
        {children}
        <SignInAgain session={session} />
      </SessionContext.Provider>
    );
  }
  if (error instanceof ApiProblem && error.status === 401) {
    return <Navigate to="/sign-in" search={{ next: location.href === '/' ? undefined : location.href }} replace />;
  }
  return error ? <Failure error={error} retry={() => void refetch()} /> : <Waiting />;
}
