/** Which due times are told below the source. */
import { expect, test } from 'vitest'
import type { Flow, Validation } from '~/api/runs'
import { toTell } from './useValidation'

test.each([
  ['an interval in force: the head has its next time', 'every', null, false, 0],
  ['an interval that was changed', 'every', null, true, 1],
  ['an interval with a draft', 'every', 3, false, 1],
  ['a cron line in force', 'cron', null, false, 1],
] as const)('%s', (_, kind, draft, changed, told) => {
  const validation = { due: [{ due: '2026-11-22T10:00:00Z', shift: null }] } as unknown as Validation
  const flow = { draft, schedule: { kind } } as unknown as Flow
  expect(toTell(validation, flow, changed).due).toHaveLength(told)
})
