/**
 * What people do with runs that failed, ran too long or shall not come, each once in both languages, in Chinese by night:
 * several retried at once, one waived with a reason, one retried before its time, one cancelled, a schedule paused, a flow
 * switched off; and what their pages look like to axe.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import enCommon from '../src/i18n/en/common.json' with { type: 'json' }
import enFlows from '../src/i18n/en/flows.json' with { type: 'json' }
import enOverview from '../src/i18n/en/overview.json' with { type: 'json' }
import enRun from '../src/i18n/en/run.json' with { type: 'json' }
import enRuns from '../src/i18n/en/runs.json' with { type: 'json' }
import enSchedules from '../src/i18n/en/schedules.json' with { type: 'json' }
import zhCommon from '../src/i18n/zh/common.json' with { type: 'json' }
import zhFlows from '../src/i18n/zh/flows.json' with { type: 'json' }
import zhOverview from '../src/i18n/zh/overview.json' with { type: 'json' }
import zhRun from '../src/i18n/zh/run.json' with { type: 'json' }
import zhRuns from '../src/i18n/zh/runs.json' with { type: 'json' }
import zhSchedules from '../src/i18n/zh/schedules.json' with { type: 'json' }
import { type Lang, launch, type Opened, open, settled, violations } from './browser.ts'
import { until } from './magpie.ts'

const texts = {
  en: { common: enCommon, flows: enFlows, overview: enOverview, run: enRun, runs: enRuns, schedules: enSchedules },
  zh: { common: zhCommon, flows: zhFlows, overview: zhOverview, run: zhRun, runs: zhRuns, schedules: zhSchedules },
}

interface Run {
  status: string
  open: boolean
  by_hand: boolean
  attempt: number
  waived: { by: string; reason: string } | null
}

const json = { 'content-type': 'application/json' }

async function asked<T>(path: string, body?: object): Promise<T> {
  const sent = body && { method: 'POST', headers: json, body: JSON.stringify(body) }
  return (await (await fetch(`${inject('url')}/api/v1/${path}`, sent)).json()) as T
}

const runOf = (job: string) => asked<Run>(`runs/${job}`)
const started = async (flow: string) => (await asked<{ job_id: string }>(`flows/${flow}/runs`, { input: {} })).job_id

/** Flows that stay in their step until somebody ends them, fail for now or for good, and come once a day. */
const flows = [
  `document: { dsl: '1.0.3', namespace: e2e, name: sleeper, version: '1.0.0' }
do:
  - nap: { wait: PT10M }
`,
  `document: { dsl: '1.0.3', namespace: e2e, name: patient, version: '1.0.0', metadata: { retry: { delay: PT1H, limit: { attempt: { count: 1 } } } } }
do:
  - pay: { raise: { error: { type: 'https://example.com/no', status: 503, title: closed } } }
`,
  `document: { dsl: '1.0.3', namespace: e2e, name: refuses, version: '1.0.0', metadata: { retry: { limit: { attempt: { count: 0 } } } } }
do:
  - refuse: { raise: { error: { type: 'https://example.com/no', status: 400, title: no order } } }
`,
  `document: { dsl: '1.0.3', namespace: e2e, name: daily, version: '1.0.0' }
schedule: { cron: 0 3 * * * }
do:
  - count: { set: { n: 1 } }
`,
]

let browser: Browser
let opened: Opened
let page: Page

beforeAll(async () => {
  browser = await launch()
  for (const source of flows) await asked('flows', { source, publish: true })
})
afterAll(() => browser.close())

const filled = (text: string, values: Record<string, string>) =>
  text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '')

describe.each<Lang>(['en', 'zh'])('%s', (lang) => {
  const say = texts[lang]
  const dialog = () => page.getByRole('dialog')
  const visit = async (path: string) => {
    await page.goto(path)
    await settled(page)
  }

  beforeAll(async () => {
    opened = await open(browser, inject('url'), { lang, scheme: lang === 'zh' ? 'dark' : 'light' })
    page = opened.page
  })
  afterAll(() => opened.close())

  test('failures: several are retried at once, then one is waived with a reason that stays with the run', async () => {
    const jobs = [await started('e2e.refuses'), await started('e2e.refuses')]
    const haveFailed = async (byHand: boolean) => {
      const runs = await Promise.all(jobs.map(runOf))
      return runs.every((run) => run.open && run.by_hand === byHand)
    }
    await until('two failures that wait for a person', () => haveFailed(false))
    await visit('/overview')
    const inbox = page.getByRole('region', { name: say.overview.waiting })
    // Both failed in the same step with the same error: they are one row, which opens to its runs.
    const alike = inbox.getByRole('listitem').filter({ hasText: 'refuses' }).first()
    await alike.getByRole('button', { name: /^\d+ /, expanded: false }).click()
    for (const job of jobs) await alike.getByRole('link', { name: job.slice(-8) }).waitFor()
    expect(await violations(page)).toEqual([])
    for (const job of jobs) {
      await inbox.getByRole('checkbox', { name: filled(say.overview.tickRun, { job: job.slice(-8) }) }).check()
    }
    await inbox.getByRole('button', { name: filled(say.overview.retryTicked, { n: '2' }), exact: true }).click()
    await dialog().getByText(say.runs.retry.start, { exact: true }).click()
    await dialog().getByRole('button', { name: say.runs.retry.do, exact: true }).click()
    await dialog().waitFor({ state: 'hidden' })
    await until('both to have failed again', () => haveFailed(true))

    await visit(`/runs/${jobs[0]}`)
    await page.getByRole('button', { name: say.run.waive, exact: true }).click()
    await dialog().getByRole('textbox', { name: say.runs.waive.reason }).fill('sample order')
    await dialog().getByRole('textbox', { name: say.common.yourName }).fill('lin')
    await dialog().getByRole('button', { name: say.runs.waive.do, exact: true }).click()
    await dialog().waitFor({ state: 'hidden' })
    await page.getByText(`${filled(say.runs.waived, { by: 'lin' })} sample order`).waitFor()
    expect(await runOf(jobs[0] as string)).toMatchObject({ open: false, waived: { by: 'lin', reason: 'sample order' } })
    expect(await violations(page)).toEqual([])
  })

  test('a run that is to be retried in an hour is retried now', async () => {
    const job = await started('e2e.patient')
    await until('the run to wait for its next try', async () => (await runOf(job)).status === 'retrying')
    await visit(`/runs/${job}`)
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: say.run.retryNow, exact: true }).click()
    await page
      .getByText(filled(say.runs.attempts, { n: '2' }))
      .first()
      .waitFor()
    expect(await runOf(job)).toMatchObject({ by_hand: true, attempt: 2 })
  })

  test('a run that is cancelled has no step that runs', async () => {
    const job = await started('e2e.sleeper')
    await visit(`/runs/${job}`)
    const nap = page.getByRole('option').filter({ hasText: 'nap' })
    await nap.getByRole('img', { name: say.runs.step.running, exact: true }).waitFor()
    await page.getByRole('button', { name: say.run.cancel, exact: true }).click()
    await nap.getByRole('img', { name: say.runs.step.cancelled, exact: true }).waitFor()
    await page.getByText(say.runs.status.cancelled, { exact: true }).first().waitFor()
    expect((await runOf(job)).status).toBe('cancelled')
  })

  test('a schedule is paused with a reason and resumed', async () => {
    await visit('/schedules')
    const flow = page.getByRole('region', { name: 'e2e.daily' })
    await flow.getByRole('button', { name: say.schedules.pause, exact: true }).click()
    await dialog().getByRole('textbox', { name: say.schedules.reason }).fill('stocktaking')
    await dialog().getByRole('textbox', { name: say.common.yourName }).fill('lin')
    await dialog().getByRole('button', { name: say.schedules.pause, exact: true }).click()
    await flow.getByText(filled(say.schedules.pausedBy, { by: 'lin' })).waitFor()
    await flow.getByText(/stocktaking/).waitFor()
    expect(await violations(page)).toEqual([])
    await flow.getByRole('button', { name: say.schedules.resume, exact: true }).click()
    await flow.getByRole('button', { name: say.schedules.pause, exact: true }).waitFor()
  })

  test('a flow is switched off, is run by nobody then, and is switched on again', async () => {
    await visit('/flows/e2e.daily')
    const toggle = page.getByRole('switch', { name: new RegExp(`^(${say.flows.enabled}|${say.flows.disabled})$`) })
    const run = page.getByRole('button', { name: say.flows.run, exact: true })
    const isEnabled = async () => (await asked<{ enabled: boolean }>('flows/e2e.daily')).enabled
    await toggle.click({ force: true })
    await until('the flow to be off', async () => !(await isEnabled()))
    await until('nobody to be able to run it', () => run.isDisabled())
    expect(await run.getAttribute('title')).toBe(say.flows.notEnabled)
    expect((await asked<{ code: string }>('flows/e2e.daily/runs', { input: {} })).code).toBe('flow_disabled')
    await toggle.click({ force: true })
    await until('the flow to be on', isEnabled)
    await until('it to be runnable', () => run.isEnabled())
  })

  test.each(['/overview', '/runs?application=*&from=now-30d', '/flows'])(
    '%s has nothing that axe complains of',
    async (path) => {
      await visit(path)
      expect(await violations(page)).toEqual([])
      expect(opened.complaints).toEqual([])
    },
  )
})
