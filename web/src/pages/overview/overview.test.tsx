/** Every number of the overview that stands for runs leads to them, with the filters that are set. */
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router'
import { screen, within } from '@testing-library/react'
import type { ReactNode } from 'react'
import { expect, test } from 'vitest'
import type { FlowTally, Run, RunsOverview, Tally } from '~/api/runs'
import { renderRouter, stubServer } from '~/testing'
import { FlowTable, Week } from './FlowTable'
import { Inbox } from './Inbox'
import { reaching } from './links'
import { Totals } from './Totals'

const tally: Tally = {
  runs: 9,
  active: 2,
  succeeded: 4,
  first_try: 3,
  retried: 1,
  retries: 5,
  failed: 3,
  cancelled: 6,
  open: 1,
  avg_ms: 100,
  p95_ms: 200,
}
const row = { ...tally, active: 0, flow: 'demo.place-order', application: 'shop', kind: 'flow', days: [], last: null }
const data = { total: tally, flows: [row as unknown as FlowTally] } as unknown as RunsOverview

/** The two parts beside each other; the flow is started by these triggers. */
async function show(triggers: string[]) {
  const flow = { flow: row.flow, application: 'shop', enabled: true, paused: null, schedule: null, triggers }
  const counts = { late: 1, missed: 2 }
  stubServer({ flows: [flow], schedules: [{ counts }] })
  const root = createRootRoute({ component: Outlet })
  const page = () => (
    <>
      <Totals data={data} search={{ application: ['shop'] }} />
      <FlowTable data={data} />
    </>
  )
  const overview = createRoute({ getParentRoute: () => root, path: '/overview', component: page })
  const history = createMemoryHistory({ initialEntries: ['/overview'] })
  renderRouter(createRouter({ routeTree: root.addChildren([overview]), history }))
  return within(await screen.findByRole('row', { name: /place-order/ }))
}

function target(link: HTMLElement) {
  const url = new URL(link.getAttribute('href') ?? '', 'http://magpie')
  return { page: url.pathname, ...Object.fromEntries(url.searchParams) }
}

test('what is not over, what waits for a person and what was missed lead to just those', async () => {
  const flow = await show(['event'])
  const runs = { page: '/runs', list: 'runs' }
  const shop = { ...runs, application: '["shop"]' }
  const active = '["queued","running","waiting","retrying"]'
  expect(target(screen.getByRole('link', { name: '2 not over yet' }))).toEqual({ ...shop, status: active })
  expect(target(screen.getByRole('link', { name: '1 waits for a person' }))).toEqual({ ...shop, open: 'true' })
  expect(target(screen.getByRole('link', { name: '6 cancelled' }))).toEqual({ ...shop, status: '["cancelled"]' })
  const missed = (await screen.findByText('1 late, 2 missed')).parentElement as HTMLElement
  expect(target(within(missed).getByRole('link'))).toEqual({ page: '/schedules', application: '["shop"]' })
  const open = { ...runs, application: '["*"]', flow: '["demo.place-order"]', open: 'true' }
  expect(target(flow.getByRole('link', { name: '1 open' }))).toEqual(open)
})

test.each([
  [['event'], true],
  [['event', 'manual'], true],
  [['manual'], false],
])('a flow started by %j waits for an event: %s', async (triggers, waits) => {
  const flow = await show(triggers)
  await flow.findByText(waits ? /Event/ : 'By hand')
  expect(flow.queryByText('on event') !== null).toBe(waits)
})

/** One part alone, on the page of overview. */
async function alone(part: ReactNode) {
  stubServer({})
  const root = createRootRoute({ component: Outlet })
  const overview = createRoute({ getParentRoute: () => root, path: '/overview', component: () => part })
  const history = createMemoryHistory({ initialEntries: ['/overview?from=yesterday&zone=Europe/Berlin'] })
  renderRouter(createRouter({ routeTree: root.addChildren([overview]), history }))
}

test('a square of the week leads to its whole day, also when that has 25 hours', async () => {
  const day = { day: '2026-10-24T22:00:00Z', succeeded: 1, failed: 0, other: 0 }
  await alone(<Week tally={{ ...row, days: [day] } as unknown as FlowTally} />)
  const { from, to } = target(await screen.findByRole('link', { name: /1 run,/ })) as Record<string, string>
  expect([from, to]).toEqual(['2026-10-24T22:00:00Z', '2026-10-25T23:00:00.000Z'])
})

test('all that wait for a person are listed by the filters that are set, whatever the range is', async () => {
  const run = { job_id: 'j', flow: 'backup', application: 'ops', kind: 'job', queued: '2026-11-01T10:00:00Z' }
  const search = { application: ['ops'] }
  const times = { first: run.queued, last: run.queued, since: run.queued }
  const group = { newest: run as Run, count: 1, ...times }
  await alone(<Inbox groups={[group]} groupsTotal={60} total={60} since={run.queued} search={search} />)
  expect(target(await screen.findByRole('link', { name: 'All 60' }))).toEqual({
    page: '/runs',
    list: 'runs',
    application: '["ops"]',
    open: 'true',
    from: run.queued,
    to: 'now',
  })
  const retry = screen.getByRole('button', { name: 'Retry' })
  expect([retry.hasAttribute('disabled'), retry.title]).toEqual([
    true,
    'A watched job is started by what runs it, not by Magpie',
  ])
})

test.each([
  ['in the range', '2026-11-22T10:00:00Z', '2026-11-22T09:00:00Z', 0, {}],
  ['before it', '2026-11-22T08:00:00Z', '2026-11-22T09:00:00Z', 0, { from: '2026-11-22T08:00:00Z', to: 'now' }],
  [
    'in one that is over',
    '2026-11-22T10:00:00Z',
    '2026-11-22T09:00:00Z',
    7200,
    { from: '2026-11-22T10:00:00Z', to: 'now' },
  ],
  ['nothing', null, '2026-11-22T09:00:00Z', 7200, {}],
])('what is counted whatever the range: %s', (_, since, from, overFor, wanted) => {
  const now = Date.parse('2026-11-22T12:00:00Z')
  expect(reaching(since, { from: Date.parse(from), to: now - overFor * 1000 }, now)).toEqual(wanted)
})
