/**
 * The routes, each loaded when it is first opened. What a page keeps in the URL is declared by its `search.ts`; the time
 * range belongs to the root and is carried along by every link.
 */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router'
import { Entrance } from '~/access/Entrance'
import { alertsSearch } from '~/pages/alerts/search'
import { exploreSearch } from '~/pages/explore/search'
import { flowSearch, flowsSearch } from '~/pages/flows/search'
import { mapSearch } from '~/pages/map/search'
import { monitorsSearch } from '~/pages/monitors/search'
import { overviewSearch } from '~/pages/overview/search'
import { recordsSearch } from '~/pages/records/search'
import { runSearch } from '~/pages/run/search'
import { runsSearch } from '~/pages/runs/search'
import { schedulesSearch } from '~/pages/schedules/search'
import { sourcesSearch } from '~/pages/sources/search'
import { type RangeSearch, rangeSearch } from '~/time/range'
import { NotFound } from './NotFound'

const root = createRootRoute({
  component: Entrance,
  notFoundComponent: NotFound,
  validateSearch: (search: Record<string, unknown>): RangeSearch => rangeSearch(search),
  search: { middlewares: [retainSearchParams<RangeSearch>(['from', 'to', 'zone'])] },
})

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/map', replace: true })
  },
})

const map = createRoute({
  getParentRoute: () => root,
  path: '/map',
  validateSearch: mapSearch,
  staticData: { defaultRange: 'now-1h' },
  component: lazyRouteComponent(() => import('~/pages/map/MapPage'), 'MapPage'),
})

const explore = createRoute({
  getParentRoute: () => root,
  path: '/explore',
  validateSearch: exploreSearch,
  staticData: { defaultRange: 'now-1h' },
  component: lazyRouteComponent(() => import('~/pages/explore/ExplorePage'), 'ExplorePage'),
})

const alerts = createRoute({
  getParentRoute: () => root,
  path: '/alerts',
  validateSearch: alertsSearch,
  staticData: { defaultRange: 'now-1d' },
  component: lazyRouteComponent(() => import('~/pages/alerts/AlertsPage'), 'AlertsPage'),
})

const monitors = createRoute({
  getParentRoute: () => root,
  path: '/monitors',
  validateSearch: monitorsSearch,
  staticData: { timeless: true },
  component: lazyRouteComponent(() => import('~/pages/monitors/MonitorsPage'), 'MonitorsPage'),
})

const records = createRoute({
  getParentRoute: () => root,
  path: '/records',
  validateSearch: recordsSearch,
  staticData: { defaultRange: 'now-1h' },
  component: lazyRouteComponent(() => import('~/pages/records/RecordsPage'), 'RecordsPage'),
})

const overview = createRoute({
  getParentRoute: () => root,
  path: '/overview',
  validateSearch: overviewSearch,
  staticData: { defaultRange: 'today' },
  component: lazyRouteComponent(() => import('~/pages/overview/OverviewPage'), 'OverviewPage'),
})

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: runsSearch,
  staticData: { defaultRange: 'now-30m' },
  component: lazyRouteComponent(() => import('~/pages/runs/RunsPage'), 'RunsPage'),
})

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$job',
  validateSearch: runSearch,
  staticData: { timeless: true, named: 'job', under: '/runs' },
  component: lazyRouteComponent(() => import('~/pages/run/RunPage'), 'RunPage'),
})

const schedules = createRoute({
  getParentRoute: () => root,
  path: '/schedules',
  validateSearch: schedulesSearch,
  staticData: { defaultRange: 'today' },
  component: lazyRouteComponent(() => import('~/pages/schedules/SchedulesPage'), 'SchedulesPage'),
})

const flows = createRoute({
  getParentRoute: () => root,
  path: '/flows',
  validateSearch: flowsSearch,
  staticData: { timeless: true },
  component: lazyRouteComponent(() => import('~/pages/flows/FlowsPage'), 'FlowsPage'),
})

const flow = createRoute({
  getParentRoute: () => root,
  path: '/flows/$flow',
  validateSearch: flowSearch,
  staticData: { timeless: true, named: 'flow', under: '/flows' },
  component: lazyRouteComponent(() => import('~/pages/flows/FlowPage'), 'FlowPage'),
})

const sources = createRoute({
  getParentRoute: () => root,
  path: '/sources',
  validateSearch: sourcesSearch,
  staticData: { timeless: true },
  component: lazyRouteComponent(() => import('~/pages/sources/SourcesPage'), 'SourcesPage'),
})

const health = createRoute({
  getParentRoute: () => root,
  path: '/health',
  staticData: { timeless: true },
  component: lazyRouteComponent(() => import('~/pages/health/HealthPage'), 'HealthPage'),
})

const routeTree = root.addChildren([
  index,
  map,
  explore,
  alerts,
  monitors,
  records,
  overview,
  runs,
  run,
  schedules,
  flows,
  flow,
  sources,
  health,
])

export function makeRouter(history?: RouterHistory) {
  return createRouter({ routeTree, history, defaultPreload: 'intent', scrollRestoration: false })
}

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** A page about one thing, which the navigation does not list: the parameter that names it, and the listed page above. */
    named?: 'job' | 'flow'
    under?: '/runs' | '/flows'
    /** Nothing on the page follows the range of time: its picker and keys are not there. */
    timeless?: boolean
  }
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
