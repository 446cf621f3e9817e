/** The failures that wait for a person: those that are alike are one row, and what is done with a row is done with each of its runs. */
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router'
import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import type { FailureGroup, Run } from '~/api/runs'
import { renderRouter, stubServer } from '~/testing'
import { Inbox } from './Inbox'

const fault = { type: 'https://example.com/no', title: null, detail: 'no money', status: 503, pointer: '/do/0/pay' }
const pay = {
  flow: 'demo.pay',
  application: 'shop',
  kind: 'flow',
  queued: '2026-11-22T09:00:00Z',
  ended: '2026-11-22T09:00:05Z',
  step: { pointer: '/do/0/pay', name: 'pay' },
  fault,
} as Run

const jobs = ['0198f3c2-41aa-7c05-9d12-00000000000a', '0198f3c2-41aa-7c05-9d12-00000000000b']
const times = { first: '2026-11-22T09:00:05Z', last: '2026-11-22T10:00:05Z', since: pay.queued }
const alike: FailureGroup = { newest: { ...pay, job_id: jobs[0] as string }, count: 2, ...times }
const alone: FailureGroup = {
  newest: { ...pay, flow: 'backup', kind: 'job', job_id: '0198f3c2-41aa-7c05-9d12-00000000000c', step: null },
  count: 1,
  ...times,
}

/** The inbox with a server that lists the runs of the first group, and notes what it is asked. */
async function show() {
  stubServer({})
  const asked: { url: URL; body: unknown }[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url)
    asked.push({ url, body: request.method === 'POST' ? await request.json() : null })
    const runs = jobs.map((job_id) => ({ ...pay, job_id }))
    const answer = request.method === 'POST' ? { results: [] } : { runs, total: 2, next: null, waiting: [] }
    return new Response(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } })
  })
  const root = createRootRoute({ component: Outlet })
  const part = () => <Inbox groups={[alike, alone]} groupsTotal={2} total={3} since={pay.queued} search={{}} />
  const overview = createRoute({ getParentRoute: () => root, path: '/overview', component: part })
  const run = createRoute({ getParentRoute: () => root, path: '/runs/$job' })
  const history = createMemoryHistory({ initialEntries: ['/overview'] })
  renderRouter(createRouter({ routeTree: root.addChildren([overview, run]), history }))
  await screen.findByText('3 failures wait for a person')
  return asked
}

const sent = (asked: Awaited<ReturnType<typeof show>>, path: string) =>
  asked.find(({ url, body }) => url.pathname === path && body !== null)?.body

afterEach(() => vi.unstubAllGlobals())

test('failures that are alike are one row, which opens to its runs', async () => {
  const asked = await show()
  const open = screen.getByRole('button', { name: '2 runs' })
  expect(open.getAttribute('aria-expanded')).toBe('false')
  fireEvent.click(open)
  const runs = within(await screen.findByRole('list', { name: '2 runs' }))
  expect((await runs.findAllByRole('link')).map((link) => link.textContent)).toEqual(['0000000a', '0000000b'])
  const query = Object.fromEntries(asked.find(({ url }) => url.pathname === '/api/v1/runs')?.url.searchParams ?? [])
  expect(query).toMatchObject({
    open: 'true',
    flow: 'demo.pay',
    fault_type: fault.type,
    fault_status: '503',
    fault_pointer: '/do/0/pay',
  })
})

test('a whole row is retried after all its runs were shown', async () => {
  const asked = await show()
  fireEvent.click(screen.getByRole('button', { name: 'Retry all 2' }))
  const dialog = within(await screen.findByRole('dialog'))
  expect(await dialog.findByText('0000000b')).toBeDefined()
  fireEvent.click(dialog.getByRole('button', { name: 'Retry' }))
  await waitFor(() =>
    expect(sent(asked, '/api/v1/runs/retry')).toMatchObject({ job_ids: jobs, from: 'failed', version: 'same' }),
  )
})

test('what failed for a mistake of its flow is retried by the version that mends it', async () => {
  const asked = await show()
  fireEvent.click(screen.getByRole('button', { name: 'Retry all 2' }))
  const dialog = within(await screen.findByRole('dialog'))
  fireEvent.click(dialog.getByRole('radio', { name: 'Newest version' }))
  fireEvent.click(dialog.getByRole('button', { name: 'Retry' }))
  await waitFor(() => expect(sent(asked, '/api/v1/runs/retry')).toMatchObject({ job_ids: jobs, version: 'newest' }))
})

test('one run of a row is waived alone, and a row of others with a job that others run', async () => {
  const asked = await show()
  fireEvent.click(screen.getByRole('button', { name: '2 runs' }))
  fireEvent.click(await screen.findByRole('checkbox', { name: 'Choose run 0000000b' }))
  fireEvent.click(screen.getByRole('checkbox', { name: 'Choose backup' }))
  const retry = screen.getByRole('button', { name: 'Retry 1' })
  expect(retry.title).toBe('A watched job is started by what runs it, not by Magpie')
  fireEvent.click(screen.getByRole('checkbox', { name: 'Choose backup' }))
  fireEvent.click(screen.getByRole('button', { name: 'Waive 1' }))
  const dialog = within(await screen.findByRole('dialog'))
  fireEvent.change(await dialog.findByRole('textbox', { name: 'Reason' }), { target: { value: 'test order' } })
  fireEvent.click(dialog.getByRole('button', { name: 'Waive' }))
  await waitFor(() =>
    expect(sent(asked, '/api/v1/runs/waive')).toMatchObject({ job_ids: [jobs[1]], reason: 'test order' }),
  )
})

test('a run that was ticked goes with its row once that is ticked', async () => {
  await show()
  fireEvent.click(screen.getByRole('button', { name: '2 runs' }))
  fireEvent.click(await screen.findByRole('checkbox', { name: 'Choose run 0000000b' }))
  fireEvent.click(screen.getByRole('checkbox', { name: 'Choose demo.pay' }))
  expect(screen.getByRole('button', { name: 'Retry 2' })).toBeDefined()
  const other = screen.getByRole('checkbox', { name: 'Choose run 0000000a' })
  expect([(other as HTMLInputElement).checked, other.hasAttribute('disabled')]).toEqual([true, true])
})
