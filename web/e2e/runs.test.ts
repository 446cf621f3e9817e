/**
 * The runs of the demo, as a person follows them: from the overview's numbers to the runs behind them, from a line of a
 * run's log to the whole run, a retry with a mended input, a schedule paused and resumed, a flow written and run.
 */
import type { Page } from 'playwright-core'
import { beforeAll, expect, inject, test } from 'vitest'
import { onePageEach, settled } from './browser.ts'
import { until } from './magpie.ts'

let page: Page
onePageEach((fresh) => {
  page = fresh
})

interface Runs {
  total: number
  runs: { job_id: string; status: string; open: boolean }[]
}

async function runsOf(question: string): Promise<Runs> {
  return (await (await fetch(`${inject('url')}/api/v1/runs?${question}`)).json()) as Runs
}

beforeAll(async () => {
  await until('the demo to have run and failed', async () => {
    const [good, bad] = [
      await runsOf('flow=demo.order-sync&status=succeeded'),
      await runsOf('flow=demo.price-check&open=true'),
    ]
    return good.total > 0 && bad.total > 0
  })
})

const search = () => new URL(page.url()).searchParams
const lines = () => page.getByRole('listbox', { name: 'Run logs' })
const drawer = () => page.getByRole('complementary', { name: 'Line' })

async function visit(path: string) {
  await page.goto(path)
  await settled(page)
}

test('the overview: what waits for a person comes first, and a number opens its runs', async () => {
  await visit('/overview')
  const inbox = page.getByRole('region', { name: 'Waiting for a person' })
  await inbox.getByText('price-check').first().waitFor()
  const row = page.getByRole('row').filter({ hasText: 'order-sync' })
  const runs = row.getByRole('link', { name: /^\d[\d,]*$/ }).first()
  const count = Number((await runs.textContent())?.replaceAll(',', ''))
  expect(count).toBeGreaterThan(0)
  await runs.click()
  await page.waitForURL((url) => url.pathname === '/runs')
  expect(search().get('list')).toBe('runs')
  await page.getByRole('heading', { name: /^[\d,]+ runs?$/ }).waitFor()
  for (const flow of await page.locator('td[data-cell="flow"]').allTextContents()) expect(flow).toContain('order-sync')
})

test('run logs: levels combine, and one line leads to its whole run, whatever the filters', async () => {
  await visit('/runs?application=*&from=now-1d&flow=demo.price-check')
  await lines().getByRole('option').first().waitFor()
  await page.getByRole('button', { name: /^Level/ }).click()
  await page.getByRole('checkbox', { name: 'ERROR' }).click()
  await page.getByRole('checkbox', { name: 'FATAL' }).click()
  await page.keyboard.press('Escape')
  await page.waitForURL((url) => /error/.test(url.search) && /fatal/.test(url.search))
  const line = lines().getByRole('option').filter({ hasText: 'ERROR' }).first()
  await line.click()
  await drawer().getByText('Failed').first().waitFor()
  await drawer().getByRole('link', { name: 'Whole run' }).click()
  await page.waitForURL((url) => /^\/runs\/[\w-]{36}$/.test(url.pathname))
  // The run's own log has its calmer lines as well.
  await page.getByRole('button', { name: /INFO/ }).first().waitFor()
})

test('a failed run: the step that failed is selected, and a retry with a mended input succeeds', async () => {
  const [run] = (await runsOf('flow=demo.price-check&open=true')).runs
  await visit(`/runs/${run?.job_id}`)
  await page.getByText('Failed at refuse').waitFor()
  await page.getByRole('option', { selected: true }).filter({ hasText: 'refuse' }).waitFor()
  await page.getByRole('button', { name: 'Other ways to retry' }).click()
  await page.getByRole('menuitem', { name: 'With edited input…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('runs again').first().waitFor()
  await dialog.getByRole('textbox', { name: 'Input' }).fill('{ "video": 7 }')
  await dialog.getByRole('button', { name: 'Retry' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByText(/^Succeeded at attempt \d+$/).waitFor({ timeout: 60_000 })
})

test('a run of many steps: only the rows that are seen are drawn, and the last one is a key away', async () => {
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${inject('url')}/api/v1${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return (await answer.json()) as { job_id: string }
  }
  const name = `many-${Date.now()}`
  const source = `document: { dsl: '1.0.0', namespace: demo, name: ${name}, version: '0.1.0' }
do:
- each:
    for: { each: n, in: '\${ [range(300)] }' }
    do:
    - double: { set: { n: '\${ $n * 2 }' } }
`
  await post('/flows', { source, publish: true })
  const { job_id: job } = await post(`/flows/demo.${name}/runs`, {})
  await until('the run to have ended', async () => (await runsOf(`flow=demo.${name}&status=succeeded`)).total > 0)
  await visit(`/runs/${job}`)
  const rows = page.getByRole('listbox', { name: 'Steps' })
  await page.getByText('301 steps').waitFor()
  expect(await rows.getByRole('option').count()).toBeLessThan(100)
  await rows.focus()
  await page.keyboard.press('End')
  await rows.getByRole('option', { selected: true }).filter({ hasText: '[299] double' }).waitFor()
  await page.keyboard.press('Home')
  await rows.getByRole('option', { selected: true }).filter({ hasText: 'each' }).waitFor()
})

test('a schedule is paused with a reason, told as paused, and resumed', async () => {
  await visit('/schedules')
  const flow = page.getByRole('region', { name: 'demo.health-round' })
  await flow.getByRole('button', { name: 'Pause' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('shop is closed')
  await dialog.getByRole('textbox', { name: 'Your name' }).fill('lin')
  await dialog.getByRole('button', { name: 'Pause' }).click()
  await flow.getByText('paused by lin').waitFor()
  await flow.getByText(/shop is closed/).waitFor()
  await flow.getByRole('button', { name: 'Resume' }).click()
  await flow.getByRole('button', { name: 'Pause' }).waitFor()
})

test('a due time has its run, begin and end, and the way to its log', async () => {
  await visit('/schedules?open=demo.order-sync')
  const row = page.getByRole('row').filter({ hasText: 'Succeeded' }).first()
  expect(await row.locator('td[data-cell="ended"]').textContent()).toMatch(/^\d\d:\d\d:\d\d$/)
  await row.getByRole('link', { name: 'Log' }).click()
  await page.waitForURL((url) => url.pathname.startsWith('/runs/'))
})

test('a flow is written, its mistake told at its line, published and run', async () => {
  await visit('/flows?new=true')
  const editor = page.getByRole('textbox', { name: 'Source' })
  const name = `e2e-${Date.now()}`
  const source = (task: string) =>
    `document: { dsl: '1.0.0', namespace: demo, name: ${name}, version: '0.1.0' }\ndo:\n- greet:\n    ${task}:\n      hello: world\n`
  await editor.fill(source('sett'))
  await page
    .getByRole('button', { name: /^line \d+/ })
    .first()
    .waitFor()
  await editor.fill(source('set'))
  await page.getByText('Valid', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'greet set' }).waitFor()
  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  await page.waitForURL((url) => url.pathname === `/flows/demo.${name}`)
  await page.getByRole('button', { name: 'Run…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click()
  await page.waitForURL((url) => url.pathname.startsWith('/runs/'))
  await page.getByText('Succeeded', { exact: true }).first().waitFor()
})

test('schedules: today by the hour, and an hour becomes the range', async () => {
  await visit('/schedules?open=demo.order-sync')
  const hours = page.getByRole('list', { name: 'Hours of the day of demo.order-sync' })
  const hour = hours.getByRole('button').first()
  await hour.waitFor()
  expect(await hour.getAttribute('aria-label')).toMatch(
    /^\d\d:00: \d+ (Ran|Failed|Skipped|Retrying|Running|Late|Missed)/,
  )
  await hour.click()
  await page.waitForURL(/from=/)
  expect(Date.parse(search().get('to') ?? '') - Date.parse(search().get('from') ?? '')).toBe(3_600_000)
  const week = page.getByRole('list', { name: 'Last seven days of demo.order-sync' })
  await week.getByRole('button', { name: /^Today/ }).click()
  await page.waitForURL(/from=today/)
})

test('what succeeded after a retry is counted and one click away', async () => {
  await until('a run that succeeded after a retry', async () => (await runsOf('retried=true')).total > 0)
  await visit('/overview')
  await page.getByRole('link', { name: /^\d+ more after retry$/ }).click()
  await page.waitForURL(/retried=true/)
  await page.getByRole('button', { name: 'After a retry', pressed: true }).waitFor()
  await page.getByRole('heading', { name: /^[\d,]+ runs?$/ }).waitFor()
  for (const status of await page.locator('td[data-cell="status"]').allTextContents())
    expect(status).toContain('Succeeded')
})
