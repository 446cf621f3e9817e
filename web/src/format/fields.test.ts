/** Fields as the server describes them, and how their values read. */
import { expect, test } from 'vitest'
import { fieldFormatter, type Measured } from './fields'

test.each<[Measured, string | undefined, number, string]>([
  [{ name: 'elapsed_ms', unit: 'ms' }, 'avg', 1240, '1.24 s'],
  [{ name: 'elapsed_ms', unit: 'ms' }, 'count', 1240, '1,240'],
  [{ name: 'bytes', unit: 'By' }, 'sum', 2_100_000, '2.1 MB'],
  [{ name: 'errors', unit: '1', flag: true }, 'avg', 0.31, '31 %'],
  [{ name: 'errors', unit: '1', flag: true }, 'sum', 31, '31'],
  [{ name: 'calls', unit: '1' }, 'rate', 347 / 60, '347/min'],
  [{ name: 'wait', unit: 's' }, 'p95', 2, '2.00 s'],
  [{ name: 'queue', unit: null }, undefined, 12, '12'],
])('%o under %s: %s is %s', (field, aggregate, value, text) => {
  expect(fieldFormatter(field, aggregate, 'en')(value).replaceAll('\u202f', ' ')).toBe(text)
})
