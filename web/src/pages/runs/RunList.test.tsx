/** What the list of runs says of those that are not in it yet. */
import { screen, within } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import type { Run } from '~/api/runs'
import { renderAlone, stubServer } from '~/testing'
import { runFilter } from './filters'
import { RunList } from './RunList'

const run: Run = {
  job_id: '0198f3c2-41aa-7c05-9d12-e6a0f8d77b41',
  flow: 'shop.order-sync',
  application: 'shop',
  region: '',
  version: '4.12.0',
  revision: 17,
  kind: 'flow',
  status: 'queued',
  attempt: 0,
  trigger: { kind: 'webhook', by: null, due: null },
  queued: '2026-11-22T06:31:43Z',
  started: null,
  ended: null,
  idle_ms: 0,
  duration_ms: null,
  next_try: null,
  step: null,
  fault: null,
  first_try: false,
  retries: 0,
  by_hand: false,
  open: false,
  waived: null,
  doubtful: null,
  late: false,
  usual_ms: null,
}

function show(answer: { runs: Run[]; waiting: Run[] }) {
  stubServer({ ...answer, next: null, total: answer.runs.length })
  renderAlone(<RunList filter={runFilter({}, null)} ready onClear={() => {}} />)
}

afterEach(() => vi.unstubAllGlobals())

test('runs that wait for the store are listed apart, also when there are no others', async () => {
  show({ runs: [], waiting: [run] })
  const waiting = await screen.findByRole('region', { name: '1 run waits for the store of runs.' })
  expect(within(waiting).getByText(/start by themselves once it is back/)).toBeDefined()
  expect(within(waiting).getAllByRole('row')).toHaveLength(2)
  expect(screen.queryByText('No run matches')).toBeNull()
})

test('nothing is said of the store when no run waits for it', async () => {
  show({ runs: [run], waiting: [] })
  await screen.findByText('order-sync')
  expect(screen.queryByRole('region')).toBeNull()
})
