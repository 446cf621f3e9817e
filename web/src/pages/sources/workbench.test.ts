/** The form and the API's parser say the same, and lines are cut where their values stand. */
import { describe, expect, test } from 'vitest'
import { choiceOf, draftOf, emptyDraft, sameChoice, tryable } from './choice'
import { litColumns, litLines, type ParsedEvent, pieces, resultColumns } from './lit'

test.each([
  [{ format: 'auto', map: {} }, 'auto', { format: 'auto' }],
  [{ format: 'nginx', zone: 'Asia/Shanghai' }, 'format', { format: 'nginx', zone: 'Asia/Shanghai' }],
  [{ pattern: '<time> <message>' }, 'pattern', { pattern: '<time> <message>' }],
  [{ regex: '(?<a>.)', map: { service: '{a}' } }, 'regex', { regex: '(?<a>.)', map: { service: '{a}' } }],
  [{ grok: '%{IP:source}' }, 'grok', { grok: '%{IP:source}' }],
  [{ json: { time: 'ts' } }, 'json', { json: { time: 'ts' } }],
] as const)('%j is the way %s and goes back as it came', (parser, way, choice) => {
  const draft = draftOf(parser as Parameters<typeof draftOf>[0])
  expect(draft.way).toBe(way)
  expect(choiceOf(draft)).toEqual(choice)
})

test('changing the way keeps what was written for the others, and asks for one alone', () => {
  const draft = { ...draftOf({ pattern: '<a>' }), way: 'regex' as const }
  expect([choiceOf(draft), draft.pattern]).toEqual([{ regex: '' }, '<a>'])
  expect(tryable(draft)).toBe(false)
})

test('an expression without a name is not sent', () => {
  expect(choiceOf({ ...emptyDraft, map: [{ name: ' ', value: 'x' }] })).toEqual({ format: 'auto' })
  expect(sameChoice(emptyDraft, { ...emptyDraft, map: [{ name: '', value: 'x' }] })).toBe(true)
})

const span = (column: string, start: number, end: number) => ({ column, start, end })

describe('pieces', () => {
  test.each([
    ['GET /a 200', [span('status', 7, 10), span('operation', 0, 3)], ['GET=operation', ' /a ', '200=status']],
    ['abc', [], ['abc']],
    ['abc', [span('x', 0, 2), span('y', 1, 3)], ['ab=x', 'c']],
    ['abc', [span('x', 1, 9), span('y', 2, 2)], ['abc']],
    ['日志 ok', [span('message', 3, 5)], ['日志 ', 'ok=message']],
  ])('%s', (line, spans, expected) => {
    const found = pieces(line, spans).map(({ text, column }) => (column ? `${text}=${column}` : text))
    expect(found).toEqual(expected)
  })
})

const event = (line: number, record: object, spans: ReturnType<typeof span>[] = []) =>
  ({ line, parse_error: null, record: { id: '0', kind: 'log', time: 'now', ...record }, spans }) as ParsedEvent

test('a stack trace is one event: its further lines begin none', () => {
  const lines = litLines('a\n  at b\nc', [event(1, {}), event(3, {})])
  expect(lines.map(({ line, event }) => [line, event?.line ?? null])).toEqual([
    ['a', 1],
    ['  at b', null],
    ['c', 3],
  ])
})

test('columns stand in the order of the line, the message last', () => {
  const events = [
    event(1, { message: 'm', status: '200', attributes: { x: '1' } }, [span('attr.x', 5, 6), span('status', 0, 3)]),
    event(2, { severity: 'info' }),
  ]
  expect(litColumns(events)).toEqual(['status', 'attr.x'])
  expect(resultColumns(events)).toEqual(['time', 'severity', 'status', 'attr.x', 'message'])
})
