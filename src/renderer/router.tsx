import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { readFilter } from './features/agents/filter.ts'
import { readTab } from './features/agents/tab-names.ts'
import { readWish } from './features/agents/wish.ts'
import { Shell } from './features/shell/shell.tsx'
import { OverviewPage } from './routes/overview.tsx'
import { NotFound, PageFailed } from './routes/fallbacks.tsx'

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageFailed })
const getParentRoute = () => rootRoute

const routeTree = rootRoute.addChildren([
  createRoute({ getParentRoute, path: '/', component: OverviewPage }),
  createRoute({
    getParentRoute,
    path: '/about',
    component: lazyRouteComponent(() => import('./routes/about.tsx'), 'AboutPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/agents',
    validateSearch: readFilter,
    component: lazyRouteComponent(() => import('./routes/agents.tsx'), 'AgentsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/agents/new',
    validateSearch: readWish,
    component: lazyRouteComponent(() => import('./routes/new-agent.tsx'), 'NewAgentPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/agents/$id',
    validateSearch: readTab,
    component: lazyRouteComponent(() => import('./routes/agent.tsx'), 'AgentPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/catalogue',
    component: lazyRouteComponent(() => import('./routes/catalogue.tsx'), 'CataloguePage'),
  }),
  createRoute({
    getParentRoute,
    path: '/secrets',
    component: lazyRouteComponent(() => import('./routes/secrets.tsx'), 'SecretsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/audit',
    component: lazyRouteComponent(() => import('./routes/audit.tsx'), 'AuditPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/keys',
    component: lazyRouteComponent(() => import('./routes/keys.tsx'), 'KeysPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/settings',
    component: lazyRouteComponent(() => import('./routes/settings.tsx'), 'SettingsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/api',
    component: lazyRouteComponent(() => import('./routes/api.tsx'), 'ApiPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/login',
    component: lazyRouteComponent(() => import('./routes/login.tsx'), 'LoginPage'),
  }),
])

/** The hash keeps the page at one address: app://gantry/ and /dashboard/ serve one file and no routes. */
export const router = createRouter({
  routeTree,
  history: createHashHistory(),
  defaultPreload: 'intent',
  defaultErrorComponent: PageFailed,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
