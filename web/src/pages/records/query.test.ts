/** What facets and the drawer do to a query line: the rest of it stays as it was typed. */
import { describe, expect, test } from 'vitest'
import { chosenOf, termCount, termsOf, toggled, withoutColumn, withoutValue, written } from './query'

test('terms are split at spaces, quotes hold together', () => {
  expect(termsOf('target_module:video severity>=warn "timed out" -status:200,"4 04"').map(({ text }) => text)).toEqual([
    'target_module:video',
    'severity>=warn',
    '"timed out"',
    '-status:200,"4 04"',
  ])
})

test.each([
  ['status:200,404', { only: ['200', '404'], not: [] }],
  ['-status:200', { only: [], not: ['200'] }],
  ['status!=200', { only: [], not: ['200'] }],
  ['-status!=200', { only: ['200'], not: [] }],
  ['status:"a \\"b\\""', { only: ['a "b"'], not: [] }],
  ['status>=500 host:a', { only: [], not: [] }],
  ['status:""', { only: [''], not: [] }],
])('%s asks for', (line, chosen) => {
  expect(chosenOf(line, 'status')).toEqual(chosen)
})

test.each([
  ['', 'host', 'a', false, 'host:a'],
  ['x', 'host', 'a', false, 'x host:a'],
  ['host:a x', 'host', 'b', false, 'host:a,b x'],
  ['host:a,b x', 'host', 'a', false, 'host:b x'],
  ['host:a x', 'host', 'a', false, 'x'],
  ['host:a x', 'host', 'a', true, 'x -host:a'],
  ['-host:a', 'host', 'b', true, '-host:a,b'],
  ['-host:a', 'host', 'a', false, 'host:a'],
  ['level:warn', 'severity', 'error', false, 'severity:warn,error'],
  ['a', 'service', '/v2/{id} x', false, 'a service:"/v2/{id} x"'],
  ['severity>=warn', 'severity', 'info', false, 'severity>=warn severity:info'],
])('%j: %s %j, negated %s → %j', (line, column, value, negated, expected) => {
  expect(toggled(line, column, value, negated)).toBe(expected)
})

describe('taking away', () => {
  test('one value', () => expect(withoutValue('status:200,404 "a  b"', 'status', '200')).toBe('status:404 "a  b"'))
  test('a column', () => expect(withoutColumn('status>=500 host:a -status:501', 'status')).toBe('host:a'))
})

test.each([
  ['video', 'video'],
  ['/a/b.c', '/a/b.c'],
  ['', '""'],
  ['a,b', '"a,b"'],
  ['a*', '"a*"'],
  ['支付', '支付'],
  ['say "hi"', '"say \\"hi\\""'],
])('%j is written %s', (value, text) => {
  expect(written(value)).toBe(text)
})

test('an open quote reaches to the end of the line', () => {
  expect(termCount('a "b c')).toBe(2)
})
