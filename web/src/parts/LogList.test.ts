/** How keys move the selection in a list, and what of a record is text. */
import { expect, test } from 'vitest'
import { squeezed } from './columnWidths'
import { csv } from './ExportMenu'
import { columnText, type LogRecord, movedBy } from './LogList'
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

test('CSV quotes what must be quoted', () => {
  expect(
    csv([
      ['a', 1, null],
      ['x,y', 'say "hi"', 'two\nlines'],
    ]),
  ).toBe('a,1,\r\n"x,y","say ""hi""","two\nlines"\r\n')
})

test('a sparkline keeps its gaps', () => {
  const { line } = sparkPaths([0, 10, null, 5], 90, 20, 10)
  expect(line).toBe('M0.0,20.0L30.0,0.0M90.0,10.0')
})

test.each([
  ['that fit stay', [100, 80], [false, false], 200, [100, 80]],
  ['give way in equal shares', [156, 106], [false, false], 187, [106, 81]],
  ['are never narrower than the narrowest', [156, 106], [false, false], 20, [56, 56]],
  ['that somebody dragged stay', [156, 106], [true, false], 220, [156, 64]],
])('columns %s', (_, widths, kept, room, expected) => {
  expect(squeezed(widths, kept, room)).toEqual(expected)
})
