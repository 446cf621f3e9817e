/** How keys move the selection in a list, and what of a record is text. */
import { expect, test } from 'vitest'
import { fitted } from './columnWidths'
import { csv } from './ExportMenu'
import { columnText, countedLines, type LogRecord, movedBy, summaryOf } from './LogList'
import { sparkPaths } from './Sparkline'

test.each([
  ['j', 3, 4],
  ['ArrowDown', 9, 9],
  ['k', 0, 0],
  ['ArrowUp', -1, 0],
  ['PageDown', 2, 9],
  ['Home', 5, 0],
  ['End', 5, 9],
  ['x', 5, null],
])('%s at %s of ten goes to %s', (key, at, to) => {
  expect(movedBy(key, at, 10, 20)).toBe(to)
})

test('a column that the line says nothing of is empty, a measured field its number', () => {
  const record = { id: '0', time: '2026-11-22T00:00:00Z', kind: 'call', elapsed_ms: 12.5 } as unknown as LogRecord
  expect(columnText(record, 'elapsed_ms')).toBe('12.5')
  expect(columnText(record, 'host')).toBe('')
})

test('a record that stands for counted lines tells how many, one of them its own words', () => {
  const of = (record: object) =>
    ({ id: '0', time: '2026-11-22T00:00:00Z', kind: 'call', ...record }) as unknown as LogRecord
  const attributes = { 'magpie.partial': '{"version":1,"records":1234}' }
  const partial = of({ from_agent: true, operation: 'GET', service: '/cart', attributes })
  expect([countedLines(partial), summaryOf(partial)]).toEqual([1234, '1234 × GET /cart'])
  expect(countedLines(of({ attributes }))).toBeNull()
  expect(countedLines(of({ from_agent: true, attributes: { 'magpie.partial': 'damaged' } }))).toBeNull()
  expect(summaryOf(of({ sampled: true, message: 'GET /cart' }))).toBe('GET /cart')
})

test('CSV quotes what must be quoted', () => {
  expect(
    csv([
      ['a', 1, null],
      ['x,y', 'say "hi"', 'two\nlines'],
    ]),
  ).toBe('a,1,\r\n"x,y","say ""hi""","two\nlines"\r\n')
})

test('a sparkline keeps its gaps', () => {
  const { line, alone } = sparkPaths([0, 10, null, 5], 90, 20, 10)
  expect(line).toBe('M0.0,20.0L30.0,0.0M90.0,10.0')
  // A point with nobody beside it is no line: it is drawn as a dot.
  expect(alone).toBe('M90.0,10.0h0')
})

test.each([
  ['that fit stay', [100, 90], [false, false], 200, [true, true], [100, 90]],
  ['give way in equal shares', [184, 134], [false, false], 243, [true, true], [134, 109]],
  ['that may leave do so before the others cannot be read', [184, 134], [false, false], 120, [false, true], [148, 120]],
  ['that somebody dragged stay as they are', [184, 134], [true, false], 270, [true, true], [184, 86]],
])('columns %s', (_, widths, kept, room, shown, expected) => {
  const told = fitted(['category', 'flow'], widths, kept, ['category'], room)
  expect(told.shown).toEqual(shown)
  expect(told.widths.filter((_, at) => told.shown[at])).toEqual(expected.filter((_, at) => shown[at]))
})
