/**
 * A graph of 1,000 modules and 5,000 edges, given to the page in place of the demo's: panning leaves time
 * for 30 frames a second (told by processor time, so that a busy machine does not matter), labels wait for the pointer or
 * zoom, alerted edges are dashed, the table has every edge. Prints what it measured.
 */
import { readFile } from 'node:fs/promises'
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { launch, open, settled, threadTime } from './browser.ts'

const nodes = 1000
const edges = 5000
const firing = 12

interface Answer {
  monitor: string
  by: string[]
  [name: string]: unknown
}

/** The same graph each time: a tree of calls with shared callees, some calls back, twelve edges in trouble. */
function large(answer: Answer): Answer {
  let seed = 11
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  const name = (at: number) => `module-${String(at).padStart(4, '0')}`
  const pairs = new Map<string, [number, number]>()
  for (let at = 1; at < nodes; at += 1) pairs.set(`${Math.floor(at / 4)} ${at}`, [Math.floor(at / 4), at])
  while (pairs.size < edges) {
    const [from, to] = [random(nodes), random(nodes)]
    if (from !== to)
      pairs.set(`${from} ${to}`, random(20) === 0 ? [to, from] : [Math.min(from, to), Math.max(from, to)])
  }
  const all = new Map([...pairs.values()].map(([from, to]) => [`${from} ${to}`, [from, to] as const]))
  while (all.size < edges) {
    const [from, to] = [random(nodes), random(nodes)]
    if (from !== to) all.set(`${from} ${to}`, [from, to])
  }
  const drawn = [...all.values()].map(([from, to], at) => ({
    source: `${name(from)}/`,
    target: `${name(to)}/`,
    service: null,
    extra: null,
    records: 1 + random(9000),
    fields: { elapsed_ms: { avg: 5 + random(200) }, error: { count: 0 } },
    thresholds: [
      {
        label: 'elapsed_ms: 250',
        value: at < firing ? 700 : 40,
        state: at < firing ? 'firing' : null,
        severity: 'critical',
      },
    ],
    alert: at < firing ? 'firing' : null,
    compare: null,
  }))
  return {
    ...answer,
    edges: drawn,
    edges_total: drawn.length,
    truncated: false,
    nodes: Array.from({ length: nodes }, (_, at) => ({
      id: `${name(at)}/`,
      module: name(at),
      host: null,
      called: at > 0,
      calls: true,
      tier: 'back',
      hosts: 0,
      records: 0,
      errors: 0,
    })),
  }
}

async function replaced(route: Route) {
  const response = await route.fetch()
  await route.fulfill({ response, json: large((await response.json()) as Answer) })
}

interface Panned {
  /** Frames per second. */
  rate: number
  /** The longest pause between two frames, in milliseconds. */
  longest: number
  /** What a frame costs the page's thread, in milliseconds of processor time. */
  cost: number
}

/** A hand drags the picture to and fro for four seconds. */
async function panned(page: Page, spent: () => Promise<number>): Promise<Panned> {
  const box = await page.getByTestId('map-canvas').boundingBox()
  if (!box) throw new Error('the picture has no box')
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.mouse.move(x, y)
  await page.mouse.down()
  await page.evaluate(() => {
    const times: number[] = []
    Object.assign(window, { frameTimes: times })
    const note = (time: number) => {
      times.push(time)
      requestAnimationFrame(note)
    }
    requestAnimationFrame(note)
  })
  // The zoom has come to rest and its picture is painted: what is measured is panning.
  await page.evaluate(() => new Promise((rest) => setTimeout(() => requestIdleCallback(rest), 200)))
  await page.evaluate(() => Object.assign(window, { frameFrom: performance.now() }))
  const before = await spent()
  const end = Date.now() + 4000
  for (let step = 0; Date.now() < end; step += 1) {
    await page.mouse.move(x + 260 * Math.sin(step / 14), y + 160 * Math.sin(step / 9))
  }
  const times = await page.evaluate(() => {
    const { frameTimes, frameFrom } = window as unknown as { frameTimes: number[]; frameFrom: number }
    return frameTimes.filter((time) => time >= frameFrom)
  })
  const cost = ((await spent()) - before) / (times.length - 1)
  await page.mouse.up()
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? time))
  const length = (times.at(-1) ?? 0) - (times[0] ?? 0)
  return { rate: ((times.length - 1) * 1000) / length, longest: Math.max(...gaps), cost }
}

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

test('1,000 nodes and 5,000 edges: panning leaves time for 30 frames a second', async () => {
  const { page, complaints, close } = await open(browser, inject('url'))
  try {
    await page.route('**/api/v1/graph?*', replaced)
    await page.goto('/map?from=now-5m')
    await settled(page)
    await page.getByText('1,000 nodes, 5,000 edges').waitFor()
    await page.getByTestId('map-canvas').waitFor({ timeout: 90_000 })
    await page.keyboard.press('0')
    const spent = await threadTime(page)
    const whole = await panned(page, spent)
    for (let times = 0; times < 8; times += 1) await page.keyboard.press('+')
    const near = await panned(page, spent)
    for (const [what, { rate, longest, cost }] of Object.entries({ whole, near })) {
      const told = `${rate.toFixed(1)} frames/s, longest ${longest.toFixed(0)} ms, ${cost.toFixed(1)} ms of the page's thread for a frame`
      console.log(`${what}: ${told}`)
      expect(cost).toBeLessThan(1000 / 30)
    }

    await page.getByRole('button', { name: 'Export' }).click()
    const saved = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: 'SVG picture' }).click()
    const svg = await readFile(await (await saved).path(), 'utf8')
    expect(svg.match(/stroke-dasharray="7 5"/g)).toHaveLength(firing)

    await page.getByRole('radiogroup', { name: 'Layout' }).getByText('List').click()
    await page.getByRole('button', { name: 'Show more (4,800)' }).waitFor()
    expect(await page.getByRole('row', { name: /Firing/ }).count()).toBe(firing)
    expect(complaints).toEqual([])
  } finally {
    await close()
  }
})
