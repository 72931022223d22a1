/** The addresses of the app. Pages beyond the first list are loaded when they are first needed. */
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Navigate, Outlet, redirect } from '@tanstack/react-router';
import { ApiProblem } from '@/api/client';
import { Failure, Waiting } from '@/design/states';
import type { Values } from '@/records/form';
import { objectsQuery } from '@/records/definitions';
import { SessionGate } from '@/session/gate';
import { sessionQuery } from '@/session/query';
import { Frame } from '@/shell/frame';
import { NotFoundPage, StartPage } from '@/shell/start';
import { ListPage } from '@/views/list/list-page';
import { readListSearch } from '@/views/list/state';

const text = (value: unknown) => (typeof value === 'string' && value ? value : undefined);

const rootRoute = createRootRouteWithContext<{ client: QueryClient }>()({ component: Outlet, notFoundComponent: NotFoundPage });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } => ({ next: text(search.next) }),
  component: lazyRouteComponent(() => import('@/session/sign-in'), 'SignInPage'),
});

const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'app',
  beforeLoad: async ({ context: { client }, location }) => {
    try {
      await client.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
      const next = location.href === '/' ? undefined : location.href;
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- this is how the router is told
      throw redirect({ to: '/sign-in', search: { next } });
    }
    void client.prefetchQuery(objectsQuery);
  },
  component: () => (
    <SessionGate>
      <Frame />
    </SessionGate>
  ),
});

const startRoute = createRoute({ getParentRoute: () => frameRoute, path: '/', component: StartPage });

const listRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/records/$object',
  validateSearch: readListSearch,
  component: ListPage,
});

const formPage = () => import('@/views/form/form-page');

const newRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/records/$object/new',
  validateSearch: (search: Record<string, unknown>): { values?: Values } => ({
    values: typeof search.values === 'object' && search.values !== null ? (search.values as Values) : undefined,
  }),
  component: lazyRouteComponent(formPage, 'NewPage'),
});

const recordRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/records/$object/$id',
  component: lazyRouteComponent(() => import('@/views/record/record-page'), 'RecordPage'),
});

const editRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/records/$object/$id/edit',
  component: lazyRouteComponent(formPage, 'EditPage'),
});

const binRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/bin',
  validateSearch: (search: Record<string, unknown>): { object?: string } => ({ object: text(search.object) }),
  component: lazyRouteComponent(() => import('@/views/bin/bin-page'), 'BinPage'),
});

const settingsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('@/settings/settings-page'), 'SettingsPage'),
});
const settingsStartRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/',
  component: () => <Navigate to="/settings/objects" replace />,
});
const objectsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/objects',
  component: lazyRouteComponent(() => import('@/settings/objects-page'), 'ObjectsPage'),
});
const objectRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/objects/$object',
  component: lazyRouteComponent(() => import('@/settings/object-page'), 'ObjectPage'),
});
const passwordRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/password',
  component: lazyRouteComponent(() => import('@/settings/password-page'), 'PasswordPage'),
});
const operationsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/operations',
  component: lazyRouteComponent(() => import('@/operations/operations-page'), 'OperationsPage'),
});

// An address that leads nowhere keeps the frame, by which one leaves it.
const nowhereRoute = createRoute({ getParentRoute: () => frameRoute, path: '$', component: NotFoundPage });

const tree = rootRoute.addChildren([
  signInRoute,
  frameRoute.addChildren([
    startRoute,
    listRoute,
    newRoute,
    recordRoute,
    editRoute,
    binRoute,
    settingsRoute.addChildren([settingsStartRoute, objectsRoute, objectRoute, operationsRoute, passwordRoute]),
    nowhereRoute,
  ]),
]);

/** The router of the app. */
export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { client },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 150,
    defaultPendingMinMs: 0,
    defaultPendingComponent: () => <Waiting />,
    defaultErrorComponent: ({ error, reset }) => <Failure error={error} retry={reset} />,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
