/** From places to strokes: slots of parallel calls, self calls, which labels are shown, what a file holds. */
import { describe, expect, test } from 'vitest'
import { tokens } from '~/theme/tokens'
import { layered } from '../layout/layered'
import type { ApiAlert, MapEdge, Tone } from '../model/graph'
import type { Label } from '../model/labels'
import type { Card, Link, View } from '../model/view'
import { walkOrder } from '../Walk'
import { distance, pointAt, straight, touches } from './curves'
import { icons } from './icons'
import { placeLabels } from './labelPlaces'
import { type Look, paintCard, paintLabel, paintLine } from './paint'
import { SvgPen } from './pen'
import { buildScene, cardSize, labelBox, labelSize, layoutParts, type Measure, type Scene } from './scene'

const measure: Measure = (text, { size }) => text.length * size * 0.55

interface Told {
  calls: [source: string, target: string, service?: string, tone?: Tone][]
  labelled?: boolean
}

function sceneOf({ calls, labelled = true }: Told): Scene {
  const names = [...new Set(calls.flatMap(([source, target]) => [source, target].slice()))]
  const cards = names.map(
    (name): Card => ({
      id: name,
      kind: 'module',
      name,
      rows: [],
      hosts: 0,
      nodes: [name],
      tier: 'back',
      records: 1,
      errors: 0.1,
      tone: null,
    }),
  )
  const links = calls.map(
    ([source, target, service = '', tone], at): Link => ({
      id: `${source}|${target}|${service}`,
      way: `${source}~${target}`,
      source: { card: source, row: null },
      target: { card: target, row: null },
      edges: [{ id: `${at}`, service } as MapEdge],
      tone: tone ?? null,
      over: null,
      records: 100 - at,
      idle: false,
    }),
  )
  const view: View = {
    cards,
    links,
    edges: links.length,
    hidden: { idle: 0, filtered: 0, capped: 0 },
    folded: 0,
    labelled,
  }
  const label = ({ tone, edges }: Link): Label => ({
    service: edges[0]?.service || null,
    lines: [{ value: '12 ms', text: 'elapsed: 200 ms', tone }],
    tone,
    change: null,
  })
  const size = (link: Link) => labelSize(label(link), measure)
  const sizes = new Map(cards.map((card) => [card.id, cardSize(card, '3 hosts', measure)]))
  const placement = layered({
    mode: 'tree',
    direction: 'right',
    before: null,
    window: null,
    ...layoutParts(view, sizes, size),
  })
  return buildScene({
    view,
    placement,
    mode: 'tree',
    direction: 'right',
    sizes,
    subtitles: new Map(),
    label,
    labelSize: size,
  })
}

const line = (scene: Scene, id: string) => {
  const found = scene.lines.find(({ link }) => link.id === id)
  if (!found) throw new Error(`no line ${id}`)
  return found
}

const shop: Told = {
  calls: [
    ['web', 'gateway'],
    ['gateway', 'order', '/orders', 'firing'],
    ['gateway', 'order', '/orders/{id}'],
    ['gateway', 'user', '/users'],
    ['order', 'order', '/self'],
    ['order', 'gateway', '/callback', 'pending'],
  ],
}

const look: Look = { colors: tokens.light, measure, faded: () => false, fadedCard: () => false, comparing: false }

describe('lines', () => {
  const scene = sceneOf(shop)
  test('begin and end at the borders of their cards', () => {
    for (const { link, curve } of scene.lines) {
      for (const [end, share] of [
        [link.source.card, 0],
        [link.target.card, 1],
      ] as const) {
        const shape = scene.cards.find(({ card }) => card.id === end)
        const point = pointAt(curve, share)
        expect(
          shape && touches({ x: point.x - 1, y: point.y - 1, width: 2, height: 2 }, shape),
          `${link.id} at ${end}`,
        ).toBe(true)
      }
    }
  })
  test('parallel services have slots of their own', () => {
    const [one, two] = [line(scene, 'gateway|order|/orders'), line(scene, 'gateway|order|/orders/{id}')]
    expect(touches(labelBox(one), labelBox(two))).toBe(false)
  })
  test('a self call stands over its card, a call back runs from right to left', () => {
    const self = line(scene, 'order|order|/self')
    const card = scene.cards.find(({ card }) => card.id === 'order')
    expect(self.anchor.y).toBeLessThan(card?.y ?? 0)
    const { curve } = line(scene, 'order|gateway|/callback')
    expect(pointAt(curve, 0).x).toBeGreaterThan(pointAt(curve, 1).x)
  })
  test('the pointer is near a line where it is drawn', () => {
    const { curve } = line(scene, 'web|gateway|')
    expect(distance(curve, pointAt(curve, 0.3))).toBeLessThan(1)
    expect(distance(curve, { x: pointAt(curve, 0.3).x, y: pointAt(curve, 0.3).y + 40 })).toBeGreaterThan(20)
  })
})

describe('labels', () => {
  test('all are shown where there is room, none on another', () => {
    const { shown, hidden } = placeLabels(sceneOf(shop), 1, new Set(), null)
    expect([shown.length, hidden]).toEqual([6, 0])
    const boxes = shown.map(({ line: { labelSize: size }, at }) => labelBox({ anchor: at, labelSize: size }))
    for (const [at, a] of boxes.entries()) for (const b of boxes.slice(at + 1)) expect(touches(a, b)).toBe(false)
  })
  test('zoomed out only those in trouble; the calm ones are counted', () => {
    const { shown, hidden } = placeLabels(sceneOf(shop), 0.4, new Set(), null)
    expect(shown.map(({ line: { link } }) => link.tone)).toEqual(['firing', 'pending'])
    expect(hidden).toBe(4)
  })
  test('one in trouble stands beside its line where cards leave no room on it', () => {
    const scene = sceneOf({ calls: [['web', 'gateway', '', 'firing']] })
    const [web, gateway] = scene.cards
    if (!web || !gateway) throw new Error('a card is missing')
    const moved = { ...gateway, x: web.x + web.width + 10, y: web.y }
    const curve = straight(web, moved, 0)
    const near = { ...line(scene, 'web|gateway|'), curve, anchor: pointAt(curve, 0.5) }
    const { shown } = placeLabels({ ...scene, cards: [web, moved], lines: [near] }, 1, new Set(), null)
    const box = labelBox({ anchor: shown[0]?.at ?? near.anchor, labelSize: near.labelSize })
    expect(shown).toHaveLength(1)
    expect([web, moved].filter((card) => touches(box, card))).toEqual([])
  })
  test('one that is over hides where there is no room, and is counted', () => {
    const scene = sceneOf({ calls: [['web', 'gateway']] })
    const [web] = scene.cards
    const calls = line(scene, 'web|gateway|')
    if (!web) throw new Error('a card is missing')
    const everywhere = { ...web, x: -1e4, y: -1e4, width: 2e4, height: 2e4 }
    const over = { times: 1, from: 0, to: 1, alert: {} as ApiAlert }
    const crowded = (part: Partial<Link>) => {
      const link = { ...calls.link, ...part }
      return placeLabels({ ...scene, cards: [everywhere], lines: [{ ...calls, link }] }, 1, new Set(), null)
    }
    expect(crowded({ over })).toEqual({ shown: [], hidden: 1 })
    expect(crowded({ over, tone: 'firing' }).shown).toHaveLength(1)
  })
  test('where cards take all that is near, one in trouble stands farther away, and one that is over hides', () => {
    const scene = sceneOf({ calls: [['web', 'gateway']] })
    const [web] = scene.cards
    const calls = line(scene, 'web|gateway|')
    if (!web) throw new Error('a card is missing')
    const around = { ...web, x: -1e4, width: 2e4, y: calls.anchor.y - 50, height: 100 }
    const near = (part: Partial<Link>) => {
      const link = { ...calls.link, ...part }
      return placeLabels({ ...scene, cards: [around], lines: [{ ...calls, link }] }, 1, new Set(), null).shown
    }
    const [shown] = near({ tone: 'firing' })
    expect(touches(labelBox({ anchor: shown?.at ?? calls.anchor, labelSize: calls.labelSize }), around)).toBe(false)
    expect(near({ over: { times: 1, from: 0, to: 1, alert: {} as ApiAlert } })).toEqual([])
  })
  test('of a large graph none, until one zooms or selects', () => {
    const scene = sceneOf({
      calls: [...shop.calls, ['order', 'stock'], ['stock', 'index'], ['user', 'index']],
      labelled: false,
    })
    expect(placeLabels(scene, 0.7, new Set(), null).shown).toHaveLength(2)
    expect(placeLabels(scene, 0.7, new Set(['gateway|user|/users']), null).shown).toHaveLength(3)
    expect(placeLabels(scene, 1, new Set(), null).shown.length).toBeGreaterThan(2)
  })
})

describe('strokes', () => {
  const scene = sceneOf(shop)
  const drawn = (id: string) => {
    const pen = new SvgPen()
    paintLine(pen, line(scene, id), look, 1)
    paintLabel(pen, { line: line(scene, id), at: { x: 0, y: 0 }, scale: 1 }, look, false)
    return pen.write({ x: 0, y: 0, width: 10, height: 10 }, '#fff')
  }
  test.each([
    ['gateway|order|/orders', '#C4212B', 'stroke-dasharray="7 5"', true],
    ['order|gateway|/callback', '#8F5400', 'stroke-dasharray', false],
    ['gateway|user|/users', '#7E8F9E', 'stroke-dasharray', false],
  ])('%s is %s', (id, color, dash, dashed) => {
    const svg = drawn(id)
    expect(svg).toContain(`stroke="${color}"`)
    expect(svg.includes(dash)).toBe(dashed)
    expect(svg).toContain('>elapsed: 200 ms<')
  })
  test('what had fired and is over differs from what fires and from what is calm, by line, ink and sign', () => {
    const calm = line(scene, 'gateway|user|/users')
    const over = { times: 1, from: 0, to: 1, alert: {} as ApiAlert }
    const past = { ...calm, link: { ...calm.link, over } }
    const pen = new SvgPen()
    paintLine(pen, past, look, 1)
    const told = {
      ...calm.label,
      lines: [{ value: 'fired once', text: '14:03–14:20', tone: null, over: true as const }],
    }
    const size = labelSize(told, measure)
    paintLabel(pen, { line: { ...past, label: told, labelSize: size }, at: { x: 0, y: 0 }, scale: 1 }, look, false)
    const svg = pen.write({ x: 0, y: 0, width: 10, height: 10 }, '#fff')
    expect(svg).toContain('stroke-dasharray="11 3 2 3"')
    expect(svg).toContain(`stroke="${look.colors.text2}"`)
    expect(svg).toContain(icons.history)
    expect(svg).not.toContain(look.colors.firing)
  })
  test('names are written so that they cannot break the file', () => {
    const pen = new SvgPen()
    const shape = scene.cards[0]
    if (!shape) throw new Error('no card')
    paintCard(pen, { ...shape, card: { ...shape.card, name: '<a&"b' } }, look)
    expect(pen.write(scene.bounds, '#fff')).toContain('>&lt;a&amp;&quot;b<')
  })
})

test('the walk goes by columns, each card followed by its calls', () => {
  const order = walkOrder(sceneOf(shop)).map(({ id }) => id)
  expect(order.slice(0, 3)).toEqual(['web', 'web|gateway|', 'gateway'])
  expect(order.filter((id) => id.startsWith('gateway|'))).toHaveLength(3)
  expect(order.indexOf('order|order|/self')).toBeGreaterThan(order.indexOf('order'))
})
