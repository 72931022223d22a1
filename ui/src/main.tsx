import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiProblem, connection, Unreachable } from '@/api/client';
import { makeRouter } from '@/app/router';
import '@/design/base.css';
import { ThemeProvider } from '@/design/theme';
import { ToastProvider } from '@/design/toast';
import { currentLanguage, startI18n } from '@/i18n';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server refused it refuses again; what it could not answer just now is worth another attempt.
      retry: (times, error) => times < 2 && (error instanceof Unreachable || (error instanceof ApiProblem && (error.status === 503 || error.status === 502))),
      refetchOnWindowFocus: true,
      gcTime: 600_000,
      // Without a network a request fails and the page says so, where by default it would wait behind a skeleton.
      networkMode: 'always',
      refetchOnReconnect: true,
    },
    mutations: { networkMode: 'always' },
  },
});

async function start(): Promise<void> {
  connection.language = currentLanguage;
  await startI18n();
  const router = makeRouter(client);
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <ThemeProvider>
          <ToastProvider>
            <RouterProvider router={router} />
          </ToastProvider>
        </ThemeProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}

void start();
