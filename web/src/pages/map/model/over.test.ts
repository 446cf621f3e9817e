/** A range that ended calm was not calm all the while: which edges had fired within it, how often and when. */
import { describe, expect, test } from 'vitest'
import { date, minutes } from '~/format/moments'
import type { Format } from '~/format/useFormat'
import { type ApiAlert, proofOf } from './graph'
import { labelOf, type Wording } from './labels'
import { betweenOf, type Over, overIn, together } from './over'
import { isCalm, type Link, readingOrder } from './view'

const at = (clock: string) => Date.parse(`2026-11-22T${clock}:00Z`)
const pay = { source_module: 'gateway', target_module: 'pay' }

const alert = (fired: string | null, resolved: string | null, part: Partial<ApiAlert> = {}): ApiAlert =>
  ({
    id: `${fired}`,
    dimensions: pay,
    field: 'elapsed_ms',
    aggregate: 'avg',
    condition: { above: 200 },
    state: resolved ? 'resolved' : 'firing',
    since: new Date(at(fired ?? '10:00') - 60_000).toISOString(),
    fired: fired && new Date(at(fired)).toISOString(),
    resolved: resolved && new Date(at(resolved)).toISOString(),
    ...part,
  }) as ApiAlert

const found = (alerts: ApiAlert[], from: string, to: string | null) =>
  overIn(alerts, at(from), to === null ? null : at(to))(pay)

describe('over is', () => {
  test.each([
    ['what fired and ended within the range', [alert('10:10', '10:20')], 1],
    ['each of several', [alert('10:10', '10:20'), alert('10:40', '10:45')], 2],
    ['what began before the range and ended within', [alert('09:50', '10:05')], 1],
    ['not what ended before it', [alert('09:10', '09:20')], 0],
    ['not what still stood at its end, nor what came later', [alert('10:50', '11:10'), alert('11:20', '11:30')], 0],
    ['not what only waited and never fired', [alert(null, '10:20')], 0],
    ['not that of another edge', [alert('10:10', '10:20', { dimensions: { ...pay, target_module: 'user' } })], 0],
  ])('%s', (_name, alerts, times) => {
    expect(found(alerts, '10:00', '11:00')?.times ?? 0).toBe(times)
  })

  test('up to now, what is resolved', () => {
    const alerts = [alert('10:10', '10:20'), alert('10:40', null)]
    expect(found(alerts, '10:00', null)).toMatchObject({ times: 1, from: at('10:10'), to: at('10:20') })
  })

  test('from the first that fired to the end of the last, in any order', () => {
    const one = found([alert('10:40', '10:45')], '10:00', '11:00')
    const other = found([alert('10:10', '10:20')], '10:00', '11:00')
    for (const over of [together(one, other), together(other, one)])
      expect(over).toMatchObject({ times: 2, from: at('10:10'), to: at('10:45'), alert: { id: '10:40' } })
    expect(together(null, one)).toBe(one)
  })
})

const over = found([alert('10:10', '10:20'), alert('10:40', '10:45')], '10:00', '11:00') as Over
const link = (id: string, part: Partial<Link>): Link => ({
  id,
  way: '',
  source: { card: 'a', row: null },
  target: { card: id, row: null },
  edges: [],
  tone: null,
  over: null,
  records: 1,
  idle: false,
  ...part,
})
const wording = {
  calls: 'calls',
  format: { rate: () => '1/s' },
  fields: [],
  times: ({ times }: Over) => `fired ${times} times`,
  between: () => '10:10–10:45',
} as unknown as Wording

test('a calm edge says it below its values; one that fires says that it fires', () => {
  const words = (part: Partial<Link>) =>
    labelOf(link('pay', part), { kind: 'calls' }, wording, false).lines.map(({ value, text }) => `${value} ${text}`)
  expect(words({ over })).toEqual(['1/s calls', 'fired 2 times 10:10–10:45'])
  expect(words({ over, tone: 'firing' })).toEqual(['1/s calls'])
  expect(words({})).toEqual(['1/s calls'])
})

test('it is read after what is in trouble and before what is calm', () => {
  const links = [link('calm', { records: 9 }), link('over', { over }), link('fires', { tone: 'firing' })]
  expect(readingOrder(links).map(({ id }) => id)).toEqual(['fires', 'over', 'calm'])
  expect(links.map(isCalm)).toEqual([true, false, false])
})

test('its records are those that the alert was made of', () => {
  expect(proofOf([], over)).toBe('elapsed_ms>200')
  expect(proofOf([], null)).toBeNull()
})

test.each([
  ['2026-11-22', ['10:10', '10:45']],
  ['2026-11-23', ['11-22 10:10', '10:45']],
])('of a range that ends on %s', (lastDay, said) => {
  const format = {
    date: (moment: number) => date(moment, 'UTC'),
    minutes: (moment: number) => minutes(moment, 'UTC'),
  } as unknown as Format
  expect(Object.values(betweenOf(format, over.from, over.to, lastDay))).toEqual(said)
})
