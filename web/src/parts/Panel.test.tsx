/** A reading of the API in each of its states, as a person sees it. */
import { MantineProvider } from '@mantine/core'
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import type { ReactNode } from 'react'
import { expect, test, vi } from 'vitest'
import { ApiError } from '~/api/client'
import type { Reading } from '~/api/useApi'
import { Panel } from './Panel'

const reading = (part: Partial<Reading<string[]>>): Reading<string[]> => ({
  data: undefined,
  error: null,
  first: false,
  busy: false,
  stale: false,
  at: 0,
  retry: () => {},
  ...part,
})

async function show(children: ReactNode) {
  const route = createRootRoute({ component: () => children })
  const router = createRouter({ routeTree: route, history: createMemoryHistory() })
  render(
    <MantineProvider>
      <RouterProvider router={router as never} />
    </MantineProvider>,
  )
}

const list = (state: Reading<string[]>) => (
  <Panel title="Things" reading={state} isEmpty={(data) => data.length === 0}>
    {(data) => <p>{data.join(' ')}</p>}
  </Panel>
)

test('at first a skeleton', async () => {
  await show(list(reading({ first: true, busy: true })))
  expect(await screen.findByRole('status', { name: 'Loading' })).toBeTruthy()
})

test('while a new answer comes, the old one stays under a bar', async () => {
  await show(list(reading({ data: ['old'], busy: true })))
  expect(await screen.findByText('old')).toBeTruthy()
  expect(screen.getByRole('progressbar', { name: 'Loading' })).toBeTruthy()
})

test('nothing offers a longer range', async () => {
  await show(list(reading({ data: [] })))
  expect(await screen.findByRole('button', { name: 'Last 24 hours' })).toBeTruthy()
})

test('a failure tells its cause and what helps, and can be tried again', async () => {
  const retry = vi.fn()
  const problem = { type: 'about:blank', title: 'Bad', status: 400, detail: 'no such column', fix: 'ask for another' }
  await show(list(reading({ error: new ApiError('GET /x', 400, problem), retry })))
  const alert = await screen.findByRole('alert')
  expect(alert.textContent).toContain('no such column')
  expect(alert.textContent).toContain('ask for another')
  await userEvent.click(screen.getByRole('button', { name: 'Retry' }))
  expect(retry).toHaveBeenCalledOnce()
})

test('after a failed refresh the last answer stays and says how old it is', async () => {
  const failed = new ApiError('GET /x', 0, null)
  await show(list(reading({ data: ['kept'], error: failed, stale: true, at: Date.now() - 185_000 })))
  expect(await screen.findByText('kept')).toBeTruthy()
  expect(screen.getByRole('status').textContent).toMatch(/last data \d\d:\d\d, 3\u202fmin ago/)
})

test('a crash stays in its panel', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.stubGlobal('reportError', () => {})
  await show(
    <Panel title="Things" reading={reading({ data: ['x'] })}>
      {() => {
        throw new Error('broken part')
      }}
    </Panel>,
  )
  expect((await screen.findByRole('alert')).textContent).toContain('broken part')
  expect(screen.getByRole('heading', { name: 'Things' })).toBeTruthy()
})
