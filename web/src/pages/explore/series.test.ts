/** Rows as lines: sorted, summed, with gaps where buckets are missing. */
import { expect, test } from 'vitest'
import type { Schemas } from '~/api/client'
import { byName } from './series'

test('one line for each value, ascending, and a gap where a bucket is missing', () => {
  const row = (bucket: string, target_module: string, avg: number) => ({
    bucket,
    target_module,
    side: 'callee',
    records: 2,
    one_sided: 0,
    fields: { elapsed_ms: { avg } },
  })
  const answer = {
    step_seconds: 10,
    rows: [
      row('1970-01-01T00:00:40Z', 'b', 4),
      row('1970-01-01T00:00:00Z', 'b', 1),
      row('1970-01-01T00:00:10Z', 'a', 9),
      row('1970-01-01T00:00:10Z', 'b', 2),
    ],
  } as unknown as Schemas['Rollups']
  expect(byName(answer, 'target_module', 'elapsed_ms')).toEqual([
    { name: 'a', records: 2, points: [[10_000, 9]] },
    {
      name: 'b',
      records: 6,
      points: [
        [0, 1],
        [10_000, 2],
        [20_000, null],
        [40_000, 4],
      ],
    },
  ])
})
