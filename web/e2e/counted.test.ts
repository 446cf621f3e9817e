/**
 * Lines that an agent could not send and has counted: the map says how many there are, and a record that stands for many says so.
 * The agent begins while there is no server.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lang, launch, open, settled } from './browser.ts'
import { agent, freePort, type Running, serve, until } from './magpie.ts'

const count = 4000
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** An access line of some minutes ago, in UTC. */
function line(number: number, now: number): string {
  const [day, time] = new Date(now - 600_000 - (number % 900) * 1000).toISOString().slice(0, 19).split('T')
  const [year, month, date] = (day ?? '').split('-')
  const at = `${date}/${months[Number(month) - 1]}/${year}:${time} +0000`
  return `10.0.0.${number % 3} - - [${at}] "GET /item/${number} HTTP/1.1" 200 512 "-" "curl/8.1"\n`
}

const agentConfig = (otlp: number, status: number) => `
data_dir: ./agent
status: 127.0.0.1:${status}
servers: [http://127.0.0.1:${otlp}]
limits: { backlog: 60kB, unsent: 64KiB, batch: 16KiB }
sources:
  - { name: access, module: shop, file: [./access.log], parse: combined, side: callee, when_full: count, sample: 50 }
`
const serverConfig = (otlp: number) => `
data_dir: ./data
sources:
  - { name: otlp, otlp: { http: '127.0.0.1:${otlp}' } }
  - { name: access, agent: true, parse: combined }
monitors:
  - { name: calls, by: [source, target_module, service] }
`

let folder = ''
const running: Running[] = []
let url = ''
let browser: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'magpie-counted-'))
  const [otlp, status] = [await freePort(), await freePort()]
  const now = Date.now()
  await writeFile(join(folder, 'access.log'), Array.from({ length: count }, (_, number) => line(number, now)).join(''))
  await writeFile(join(folder, 'agent.yaml'), agentConfig(otlp, status))
  await writeFile(join(folder, 'magpie.yaml'), serverConfig(otlp))
  const counting = await agent(folder, status)
  running.push(counting)
  await until('lines that are counted', async () => {
    const { counted } = (await (await fetch(`${counting.url}/status`)).json()) as { counted: number }
    return counted > count / 2
  })
  const server = await serve(folder)
  running.push(server)
  url = server.url
  browser = await launch()
  await until('all lines, sent or counted', async () => {
    const answer = await fetch(`${url}/api/v1/rollups?monitor=calls&step=total&from=now-1h&to=now`)
    const { rows } = (await answer.json()) as { rows: { records: number }[] }
    return rows.reduce((sum, { records }) => sum + records, 0) === count
  })
})

afterAll(async () => {
  await browser?.close()
  await Promise.all(running.map(({ stop }) => stop()))
  await rm(folder, { recursive: true, force: true })
})

/** The minute of a record that stands for many. */
async function counted(): Promise<string> {
  const answer = await fetch(`${url}/api/v1/records?from=now-1h&to=now&limit=1000`)
  const { records } = (await answer.json()) as { records: { time: string; from_agent?: boolean }[] }
  return records.find(({ from_agent }) => from_agent)?.time ?? ''
}

const words = {
  en: {
    pill: 'counted at agents',
    lines: /^[\d,]+ lines are here as counts of their agents/,
    record: /stands for many lines/,
  },
  zh: { pill: '含代理计数', lines: /^[\d,]+ 行由代理汇总计数/, record: /代表多行日志/ },
}

test.each<Lang>(['en', 'zh'])('what an agent has counted is told on the map and of a record (%s)', async (lang) => {
  const { pill, lines, record } = words[lang]
  const { page, complaints, close } = await open(browser, url, { lang })
  try {
    await page.goto('/map?from=now-1h')
    await settled(page)
    await page.getByRole('button', { name: pill }).click()
    const told = await page.getByText(lines).textContent()
    expect(Number(/[\d,]+/.exec(told ?? '')?.[0].replaceAll(',', ''))).toBeGreaterThan(count / 2)

    const minute = await counted()
    await page.goto(`/records?from=${minute}&to=${new Date(Date.parse(minute) + 1000).toISOString()}`)
    await settled(page)
    await page
      .getByText(/^\d+ × GET \/item\/\{id\} 200$/)
      .first()
      .click()
    await page.getByText(record).waitFor()
    expect(await page.getByText('magpie.partial').count()).toBe(0)
    expect(complaints).toEqual([])
  } finally {
    await close()
  }
})
