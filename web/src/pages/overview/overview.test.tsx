/** Every number of the overview that stands for runs leads to them, with the filters that are set. */
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router'
import { screen, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import type { FlowTally, RunsOverview, Tally } from '~/api/runs'
import { renderRouter, stubServer } from '~/testing'
import { FlowTable } from './FlowTable'
import { Totals } from './Totals'

const tally: Tally = {
  runs: 9,
  active: 2,
  succeeded: 4,
  first_try: 3,
  retried: 1,
  retries: 5,
  failed: 3,
  cancelled: 0,
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
