import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { connection } from '@/api/client';
import { Failure, Waiting } from '@/design/states';
import { languageChosen, setLanguage } from '@/i18n';
import { keys } from '@/records/keys';
import { SignInAgain } from './again';
import { SessionContext } from './context';
import { MustChangePassword } from './password';
import { sessionQuery } from './query';

/** Gives the pages below who is signed in. That somebody is, the route has seen to. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data: session, error, refetch } = useQuery(sessionQuery);
  const client = useQueryClient();

  // Set before children send anything: an effect would come after their first requests.
  if (session) connection.csrf = session.csrf_token;
  useEffect(() => {
    if (session?.user.language && !languageChosen()) void setLanguage(session.user.language, false);
  }, [session?.user.language]);

  if (!session) return error ? <Failure error={error} retry={() => void refetch()} /> : <Waiting />;
  if (session.user.must_change_password) {
    return <MustChangePassword organisation={session.organisation} onDone={() => void client.invalidateQueries({ queryKey: keys.session })} />;
  }
  return (
    <SessionContext.Provider value={session}>
      {children}
      <SignInAgain session={session} />
    </SessionContext.Provider>
  );
}
