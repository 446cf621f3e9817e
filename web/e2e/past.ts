/**
 * A Magpie that has read half an hour of calls: web calls payment and video, app calls video; for the last six minutes
 * payment is slow. All numbers follow from the lines, so that tests can say them. And a person's hands for Explore.
 */
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type Beside, beside, type Opened, open, settled, type View } from './browser.ts'
import { until } from './magpie.ts'

const config = `
data_dir: ./data
bucket: 1m
sources:
  - name: calls
    file: { include: [./calls.jsonl] }
    parse:
      json: { time: time, source: source, target_module: target_module, status: status, elapsed_ms: elapsed_ms, bytes: bytes }
monitors:
  - name: source-to-module
    by: [source, target_module]
    thresholds:
      - { field: elapsed_ms, above: 250 }
`

export const minute = 60_000
/** The whole minutes of the past half hour. */
export const end = Math.floor(Date.now() / minute) * minute
export const begin = end - 30 * minute
/** Since then, payment is slow. */
export const slowFrom = end - 6 * minute

const calls: { source: string; target_module: string; elapsed: (at: number) => number; each: number }[] = [
  { source: 'web', target_module: 'payment', elapsed: (at) => (at >= slowFrom ? 900 : 40), each: 6 },
  { source: 'web', target_module: 'video', elapsed: () => 20, each: 12 },
  { source: 'app', target_module: 'video', elapsed: () => 80, each: 3 },
]

const lines = () =>
  Array.from({ length: 30 }, (_, at) => begin + at * minute).flatMap((at) =>
    calls.flatMap(({ source, target_module, elapsed, each }) =>
      Array.from({ length: each }, (_, nth) =>
        JSON.stringify({
          time: new Date(at + nth * 4000).toISOString(),
          source,
          target_module,
          status: source === 'app' && nth === 0 ? 500 : 200,
          elapsed_ms: elapsed(at),
          bytes: 1000,
        }),
      ),
    ),
  )

export const range = `from=${new Date(begin).toISOString()}&to=${new Date(end).toISOString()}`
export const question = `/explore?monitor=source-to-module&field=elapsed_ms&split=source,target_module&${range}`

export type Past = Beside

async function startPast(): Promise<Past> {
  const past = await beside(config, `${lines().join('\n')}\n`)
  try {
    await until('all lines to be read', async () => {
      const answer = await fetch(`${past.magpie.url}/api/v1/rollups?monitor=source-to-module&by=&step=all&${range}`)
      const { rows } = (await answer.json()) as { rows: { records: number }[] }
      return rows[0]?.records === lines().length
    })
  } catch (cause) {
    await past.stop()
    throw cause
  }
  return past
}

/** A page of that Magpie in UTC, and what a person does on it. */
async function visit({ magpie, browser }: Past, url: string, view: View = {}) {
  const opened: Opened = await open(browser, magpie.url, { zone: 'UTC', ...view })
  const { page } = opened
  await page.goto(url)
  await settled(page)
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })
  return {
    page,
    button,
    search: () => new URL(page.url()).searchParams,
    chart: () => page.getByRole('slider').first(),
    /** Opens a menu of the sentence and chooses from it. */
    choose: async (
      label: string,
      item: string | RegExp,
      role: 'menuitemradio' | 'menuitemcheckbox' = 'menuitemradio',
    ) => {
      await button(new RegExp(`^${label}: `))
        .first()
        .click()
      await page.getByRole('menu').getByRole(role, { name: item }).first().click()
      await page.keyboard.press('Escape')
    },
    /** What the server refused on purpose is no complaint. */
    forgive: () => {
      opened.complaints.length = 0
    },
    leave: async () => {
      await opened.close()
      expect(opened.complaints).toEqual([])
    },
  }
}

export type Visit = Awaited<ReturnType<typeof visit>>

/**
 * A past for a file of tests. What it gives begins a visit for one test, which `use` is given, and which is left when that test
 * has ended.
 */
export function pastOfFile(use: (visit: Visit) => void) {
  let past: Past
  let visited: Visit | undefined
  beforeAll(async () => {
    past = await startPast()
  })
  afterAll(() => past?.stop())
  afterEach(async () => {
    const before = visited
    visited = undefined
    await before?.leave()
  })
  return {
    past: () => past,
    start: async (url: string, view: View = {}) => {
      visited = await visit(past, url, view)
      use(visited)
    },
  }
}
