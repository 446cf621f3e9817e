/** What people read of runs and do with them: words, the preview before a retry, reasons before a waiver. */
import { fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Run, RunDetail, RunStatus, Step } from '~/api/runs'
import { renderAlone as show } from '~/testing'
import { faultText, namedBy, offsetText, runLength, shortJob, splitFlow } from './names'
import { gathered, RetryDialog, startingPoints } from './RetryDialog'
import { RunDialog } from './RunDialog'
import { hasFailed, isOver, RunStatusBadge, runSigns } from './status'
import { remembered } from './useRunStates'
import { WaiveDialog } from './WaiveDialog'

const job = '0198f3c2-41aa-7c05-9d12-e6a0f8d77b41'
const run: RunDetail = {
  job_id: job,
  flow: 'shop.order-sync',
  application: 'shop',
  region: '',
  version: '4.12.0',
  revision: 17,
  kind: 'flow',
  status: 'failed',
  attempt: 3,
  trigger: { kind: 'webhook', by: null, due: null },
  queued: '2026-11-22T06:31:43Z',
  started: '2026-11-22T06:31:44Z',
  ended: '2026-11-22T06:31:58Z',
  idle_ms: 0,
  duration_ms: null,
  next_try: null,
  step: { pointer: '/do/2/charge', name: 'charge' },
  fault: { type: 'communication', title: 'timeout', detail: null, status: 504, pointer: '/do/2/charge' },
  first_try: false,
  retries: 2,
  by_hand: false,
  open: true,
  waived: null,
  doubtful: null,
  late: false,
  usual_ms: null,
  input: { order: 'ord-1' },
  output: null,
  input_cut: false,
  input_redacted: [],
  output_cut: false,
  labels: {},
  attempts: [],
  earlier: [],
  trace_id: '',
  diagram: null,
  kept: true,
}
const step = (pointer: string, name: string, status: Step['status'] = 'succeeded') =>
  ({ pointer, name, status, iteration: '', attempt: 1 }) as Step
const steps = [
  step('/do/0/load', 'load'),
  step('/do/2/charge', 'charge', 'failed'),
  step('/do/3/mail', 'mail', 'unreached'),
]

/** A server that answers by path, and remembers what it was told. */
function serverOf(answers: Record<string, unknown>) {
  const told: { path: string; body: unknown }[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname } = new URL(request.url)
    if (request.method === 'POST') told.push({ path: pathname, body: await request.json() })
    const answer = answers[`${request.method} ${pathname}`]
    return new Response(JSON.stringify(answer ?? {}), {
      status: answer ? 200 : 404,
      headers: { 'Content-Type': 'application/json' },
    })
  })
  return told
}

afterEach(() => {
  vi.unstubAllGlobals()
  localStorage.clear()
})

test.each(Object.keys(runSigns) as RunStatus[])('the status %s has a word and a sign', async (status) => {
  show(<RunStatusBadge status={status} />)
  const badge = await screen.findByText(/\w/)
  expect(badge.querySelector('svg')).toBeTruthy()
})

test('over, and over badly', () => {
  const all = Object.keys(runSigns) as RunStatus[]
  expect(all.filter(isOver).sort()).toEqual(['cancelled', 'failed', 'succeeded', 'timed_out'])
  expect(all.filter(hasFailed).sort()).toEqual(['failed', 'timed_out'])
})

test('names: the end of a job id, a flow with and without a namespace, offsets', () => {
  expect(shortJob(job)).toBe('f8d77b41')
  expect(splitFlow('shop.order-sync')).toEqual({ name: 'order-sync', namespace: 'shop' })
  expect(splitFlow('nightly-backup')).toEqual({ name: 'nightly-backup', namespace: null })
  expect([3600, -12_600, 0].map(offsetText)).toEqual(['UTC+01:00', 'UTC−03:30', 'UTC+00:00'])
})

test('who acted is told only if a name was given', () => {
  expect(['lin', '(unknown)', '', null, undefined].map(namedBy)).toEqual(['lin', null, null, null, null])
})

test('an error says what it can: its detail, its title, or at least its type', () => {
  const fault = { type: 'https://shop/full', title: null, detail: null, status: 500, pointer: '' }
  const said = [fault, { ...fault, title: 'full' }, { ...fault, title: 'full', detail: 'no room' }, null]
  expect(said.map((fault) => faultText({ ...run, fault }))).toEqual(['https://shop/full', 'full', 'no room', ''])
})

test('a run lasts to its end, or to now, or has not begun', () => {
  const now = Date.parse('2026-11-22T06:32:00Z')
  expect(runLength(run, now)).toBe(14_000)
  expect(runLength({ ...run, ended: null }, now)).toBe(16_000)
  expect(runLength({ ...run, ended: null, idle_ms: 10_000 }, now)).toBe(6_000)
  expect(runLength({ ...run, started: null }, now)).toBe(null)
})

test('of the runs that the stream tells of, the newest 2,000 are remembered', () => {
  let states: ReturnType<typeof remembered> = new Map()
  for (let at = 0; at < 2100; at += 1) states = remembered(states, { ...run, job_id: `${at}` } as Run)
  expect(states.size).toBe(2000)
  expect([states.has('0'), states.has('2099')]).toEqual([false, true])
})

test('one may go on from the start, the failed step, and each step that was reached', () => {
  const points = startingPoints(run, steps, 'start', (name) => `failed: ${name}`)
  expect(points.map(({ value }) => value)).toEqual(['start', 'failed', '/do/0/load', '/do/2/charge'])
})

test('a run whose time was over goes on where it stopped, though no step of it has failed', () => {
  const fault = { type: 'x', title: null, detail: null, status: 408, pointer: '/' }
  const points = startingPoints({ ...run, step: null, fault }, steps, 'start', (name) => name ?? 'where it stopped')
  expect(points.slice(0, 2).map(({ label }) => label)).toEqual(['start', 'where it stopped'])
})

test('what is hidden in the input of another run is not sent for its value', async () => {
  serverOf({})
  const like = { input: { n: 1, user: { 'a/b': '(hidden)' } }, input_cut: false, input_redacted: ['/user/a~1b'] }
  show(<RunDialog flow="shop.order-sync" like={like} onClose={() => {}} />)
  const text = await screen.findByRole('textbox', { name: /Input/ })
  const start = screen.getByRole('button', { name: 'Run' })
  expect(screen.getByText('/user/a~1b is hidden and not kept: write its value.')).toBeTruthy()
  expect(start).toHaveProperty('disabled', true)
  fireEvent.change(text, { target: { value: '{"n": 2}' } })
  expect(start).toHaveProperty('disabled', false)
})

test('an input that was cut for showing is no input to begin with', async () => {
  serverOf({})
  const like = { input: { text: 'yyy… (5000 characters)' }, input_cut: true, input_redacted: [] }
  show(<RunDialog flow="shop.order-sync" like={like} onClose={() => {}} />)
  expect(await screen.findByRole('textbox', { name: /Input/ })).toHaveProperty('value', '')
  expect(screen.getByText(/was cut for showing/)).toBeTruthy()
})

describe('retry', () => {
  const preview = {
    [`GET /api/v1/runs/${job}/retry`]: {
      steps: [
        { pointer: '/do/0/load', iteration: '', name: 'load orders', again: false, doubtful: false, effect: 'pure' },
        { pointer: '/do/2/charge', iteration: '', name: 'charge card', again: true, doubtful: true, effect: 'unsafe' },
      ],
      warnings: [{ message: 'the input is kept no longer', code: 'retry_needs_input', values: {} }],
      firing: [],
    },
    [`POST /api/v1/runs/${job}/retry`]: run,
  }

  test('shows first which steps run again and what could happen twice, then does it', async () => {
    const told = serverOf(preview)
    const close = vi.fn()
    show(<RetryDialog run={run} steps={steps} first={{ from: 'failed', version: 'same' }} onClose={close} />)
    const again = await screen.findByText('charge card')
    expect(again.closest('li')?.textContent).toMatch(/runs again.*effect outside.*may have happened already/)
    expect(screen.getByText('load orders').closest('li')?.textContent).toContain('result is kept')
    expect(screen.getByText('the input is kept no longer')).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }))
    await waitFor(() => expect(close).toHaveBeenCalled())
    expect(told).toEqual([{ path: `/api/v1/runs/${job}/retry`, body: { from: 'failed', version: 'same' } }])
  })

  test('the items of a loop are one row with their number, those that fare otherwise another', () => {
    const pay = (iteration: string, again: boolean) => ({
      pointer: '/do/1/each/do/0/pay',
      iteration,
      name: 'pay',
      again,
      doubtful: false,
      effect: 'unsafe' as const,
    })
    const load = { ...pay('', false), pointer: '/do/0/load', name: 'load' }
    const rows = gathered([load, pay('0', false), pay('1', false), pay('2', true)])
    expect(rows.map(({ step, times }) => [step.name, step.again, times])).toEqual([
      ['load', false, 1],
      ['pay', false, 2],
      ['pay', true, 1],
    ])
  })

  test('with another input it begins anew, and the dialog says so before', async () => {
    const told = serverOf(preview)
    const close = vi.fn()
    show(<RetryDialog run={run} steps={steps} first={{ from: 'failed', version: 'same' }} onClose={close} />)
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Edit the input first' }))
    expect(screen.getByText('With another input it begins anew.')).toBeTruthy()
    const from = screen.getByRole('combobox', { name: /Go on from/ })
    expect([from.getAttribute('value'), from.hasAttribute('disabled')]).toEqual(['The start', true])
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }))
    await waitFor(() => expect(close).toHaveBeenCalled())
    expect(told[0]?.body).toEqual({ from: 'start', version: 'same', input: { order: 'ord-1' } })
  })

  test('an edited input that is no JSON cannot be sent', async () => {
    serverOf(preview)
    show(
      <RetryDialog run={run} steps={steps} first={{ from: 'start', version: 'same', edit: true }} onClose={() => {}} />,
    )
    const input = await screen.findByRole('textbox', { name: 'Input' })
    await userEvent.type(input, 'oops')
    expect(await screen.findByText(/This is not JSON/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Retry' })).toHaveProperty('disabled', true)
  })
})

describe('waive', () => {
  const answer = (ok: boolean, message: string | null) => ({
    'POST /api/v1/runs/waive': {
      results: [{ job_id: job, ok, problem: message && { message, code: 'run_state', values: {} } }],
    },
  })

  test('needs a reason, and sends it signed', async () => {
    const told = serverOf(answer(true, null))
    const close = vi.fn()
    show(<WaiveDialog runs={[run]} onClose={close} />)
    const waive = await screen.findByRole('button', { name: 'Waive' })
    expect(waive).toHaveProperty('disabled', true)
    await userEvent.type(screen.getByRole('textbox', { name: 'Reason' }), 'a test order')
    await userEvent.type(screen.getByRole('textbox', { name: /Your name/ }), 'lin')
    await userEvent.click(waive)
    await waitFor(() => expect(close).toHaveBeenCalled())
    expect(told[0]?.body).toEqual({ job_ids: [job], reason: 'a test order', by: 'lin' })
  })

  test('stays open and tells which run was refused', async () => {
    serverOf(answer(false, 'this run has been retried meanwhile'))
    const close = vi.fn()
    show(<WaiveDialog runs={[run]} onClose={close} />)
    await userEvent.type(await screen.findByRole('textbox', { name: 'Reason' }), 'old')
    await userEvent.click(screen.getByRole('button', { name: 'Waive' }))
    expect((await screen.findByRole('alert')).textContent).toMatch(/f8d77b41.*retried meanwhile/)
    expect(close).not.toHaveBeenCalled()
  })
})
