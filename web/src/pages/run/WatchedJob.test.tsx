/** The page of a watched job: what was run, where, and how its attempts ended. */
import { screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import type { RunDetail } from '~/api/runs'
import { renderAlone } from '~/testing'
import { WatchedJob } from './WatchedJob'

const attempt = (number: number, status: string, seconds: number, detail: string | null) => ({
  attempt: number,
  status,
  started: '2026-11-22T03:00:00Z',
  ended: `2026-11-22T03:00:0${seconds}Z`,
  fault: detail && { type: 'x', title: null, detail, status: 500, pointer: '' },
})

test('its command and its attempts stand where a flow has its steps', async () => {
  const run = {
    input: { command: ['backup.sh', '--full'], host: 'db1' },
    attempts: [attempt(1, 'failed', 2, 'the command ended with exit code 3'), attempt(2, 'succeeded', 4, null)],
  } as unknown as RunDetail
  renderAlone(<WatchedJob run={run} now={0} />)
  expect((await screen.findByRole('region', { name: 'Command' })).textContent).toContain('Command db1backup.sh --full')
  const attempts = screen.getAllByRole('listitem').map((item) => item.textContent)
  expect(attempts[0]).toMatch(/Failed.*attempt 1, started .*2\.00.s.*exit code 3/)
  expect(attempts[1]).toMatch(/Succeeded.*attempt 2.*4\.00.s/)
})
