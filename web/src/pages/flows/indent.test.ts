/** A new line stands where the next thing of a flow is written. */
import { expect, test } from 'vitest'
import { indentAfter } from './indent'

test.each([
  ['do:', 2],
  ['  - pay:', 6],
  ['  - pay: # the card', 6],
  ['      call: http', 6],
  ['      with:', 8],
  ['        - sql: SELECT 1', 10],
  ['          code: |', 12],
  ['          code: >-', 12],
  ['  - - a:', 8],
  ['    endpoint: https://example.com/orders', 4],
  ['    schedule: "0 6 * * *"', 4],
  ['', 0],
  ['    ', 4],
  ['      with: {', undefined],
  ['  "do": [', undefined],
  ['    method: get,', undefined],
])('after %j', (before, columns) => {
  expect(indentAfter(before)).toBe(columns)
})
