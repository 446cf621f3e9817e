/** Bars of the volume: summed by how bad the lines are, and nothing bad is too small to see. */
import { expect, test } from 'vitest'
import { heights, volumeOf } from './volume'

const at = '2026-11-22T10:00:00Z'
const later = '2026-11-22T10:01:00Z'
const volume = volumeOf({
  from: at,
  to: '2026-11-22T10:02:00Z',
  step: '1m',
  step_seconds: 60,
  by: 'severity',
  bars: [
    { time: at, value: 'info', records: 900 },
    { time: at, value: '', records: 99 },
    { time: at, value: 'error', records: 1 },
    { time: later, value: 'warn', records: 20 },
    { time: later, value: 'fatal', records: 2 },
  ],
})

test('levels are summed into three bands', () => {
  expect(volume.totals).toEqual({ calm: 999, warn: 20, error: 3 })
  expect([volume.total, volume.most, volume.bars.length, volume.step]).toEqual([1022, 1000, 2, 60_000])
})

test('one error among a thousand lines is two pixels, and the bar is no taller for it', () => {
  const [bar] = volume.bars
  if (!bar) throw new Error('no bar')
  expect(heights(bar, volume.most, 50)).toEqual({ error: 2, warn: 0, calm: 48 })
})
