/**
 * Who may do what, in the browser: one signs in, is on the page one came for, and what the role does not allow is disabled and says
 * why; in both languages, on a phone, in the dark.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lang, launch, type Opened, open, settled, type View, violations } from './browser.ts'
import { type Served, serve, until } from './magpie.ts'

const tokens = { ana: 'a-token-of-ana-0001', otto: 'a-token-of-otto-001', ada: 'a-token-of-ada-0001' }
type Who = keyof typeof tokens

const config = `data_dir: ./data
access:
  users:
    - { name: ana, role: viewer, token: ${tokens.ana} }
    - { name: otto, role: operator, token: ${tokens.otto} }
    - { name: ada, role: admin, token: ${tokens.ada} }
`
const flow = (
  detail: string,
) => `document: {dsl: '1.0.3', namespace: t, name: fails, version: '1.0.0', metadata: {retry: {limit: {attempt: {count: 1}}}}}
do:
  - check: {raise: {error: {type: 'https://example.com/no', status: 500, title: No, detail: ${detail}}}}
`

interface Run {
  status: string
}

let folder: string
let magpie: Served
let browser: Browser
let job: string

async function asked<Answer>(who: Who, path: string, body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json' }
  const answer = await fetch(`${magpie.url}/api/v1${path}`, {
    headers,
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
  return (await answer.json()) as Answer
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'magpie-access-'))
  writeFileSync(join(folder, 'magpie.yaml'), config)
  magpie = await serve(folder)
  browser = await launch()
  await asked('ada', '/flows', { source: flow('first'), publish: true })
  job = (await asked<{ job_id: string }>('otto', '/flows/t.fails/runs', {})).job_id
  await until('the run to have failed', async () => (await asked<Run>('ana', `/runs/${job}`)).status === 'failed')
})

afterAll(async () => {
  await browser?.close()
  await magpie?.stop()
  await rm(folder, { recursive: true, force: true })
})

const words = {
  en: { token: 'Token', signIn: 'Sign in', out: 'Sign out', settings: 'Settings', wrong: /no user/ },
  zh: { token: '令牌', signIn: '登录', out: '退出登录', settings: '设置', wrong: /没有用户/ },
} satisfies Record<Lang, unknown>

async function signedIn(who: Who, path: string, view: View = {}): Promise<Opened> {
  const opened = await open(browser, magpie.url, view)
  const { page } = opened
  const said = words[view.lang ?? 'en']
  await page.goto(path)
  await page.getByLabel(said.token, { exact: true }).fill(tokens[who])
  await page.getByRole('button', { name: said.signIn, exact: true }).click()
  await page.getByRole('heading', { level: 1, name: said.signIn }).waitFor({ state: 'detached' })
  await settled(page)
  return opened
}

test.each([
  ['en', 'light', 'desktop'],
  ['zh', 'dark', 'phone'],
] as const)('the page on which one signs in, in %s, %s, on a %s', async (lang, scheme, size) => {
  const { page, close } = await open(browser, magpie.url, { lang, scheme, size })
  const said = words[lang]
  await page.goto('/alerts')
  const field = page.getByLabel(said.token, { exact: true })
  await field.fill('a-token-of-nobody-1')
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: said.signIn, exact: true }).click()
  await page.getByText(said.wrong).waitFor()
  expect(new URL(page.url()).pathname).toBe('/alerts')
  await close()
})

test.each([
  ['en', 'This needs the role operator. You: ana (viewer)'],
  ['zh', '这需要角色 operator。您：ana（viewer）'],
] as const)('a viewer reads a failed run and is told why it cannot be retried, in %s', async (lang, why) => {
  const { page, close } = await signedIn('ana', `/runs/${job}`, { lang })
  expect(new URL(page.url()).pathname).toBe(`/runs/${job}`)
  const refused = page.locator(`button[title="${why}"]`)
  await refused.first().waitFor()
  for (const button of await refused.all()) expect(await button.isDisabled()).toBe(true)
  expect(await refused.count()).toBeGreaterThanOrEqual(2)
  await close()
})

test.each([
  ['/alerts', 'New silence', 'desktop'],
  ['/alerts', 'New silence', 'phone'],
  ['/sources', 'Hand over a log file', 'desktop'],
] as const)('on %s a viewer finds %s disabled, on a %s', async (path, name, size) => {
  const { page, close } = await signedIn('ana', path, { size })
  const button = page.getByRole('button', { name })
  await button.waitFor()
  expect(await button.isDisabled()).toBe(true)
  expect(await button.getAttribute('title')).toContain('You: ana (viewer)')
  await close()
})

test('an operator retries, and it is noted with their name', async () => {
  const { page, close } = await signedIn('otto', `/runs/${job}`)
  await page.getByRole('button', { name: /^Retry from/ }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Retry/ })
    .click()
  await until('the retry to be noted', async () => {
    const { entries } = await asked<{ entries: { action: string; by: string }[] }>('ana', `/audit?subject=${job}`)
    return entries[0]?.action === 'retry run' && entries[0].by === 'otto'
  })
  await close()
})

test('an admin publishes a draft; an operator could not', async () => {
  const put = await fetch(`${magpie.url}/api/v1/flows/t.fails`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${tokens.ada}`, 'content-type': 'application/json' },
    body: JSON.stringify({ source: flow('second') }),
  })
  expect(put.status).toBe(200)
  const operator = await signedIn('otto', '/flows/t.fails')
  const publish = { name: /^Publish/ }
  await operator.page.getByRole('button', publish).first().waitFor()
  expect(await operator.page.getByRole('button', publish).first().isDisabled()).toBe(true)
  await operator.close()
  const admin = await signedIn('ada', '/flows/t.fails')
  await admin.page.getByRole('button', publish).first().click()
  await until(
    'the draft to be live',
    async () => (await asked<{ draft: number | null }>('ana', '/flows/t.fails')).draft === null,
  )
  await admin.close()
})

test('signing out, and a session that ends meanwhile, lead to the sign-in page and back to where one was', async () => {
  const { page, close } = await signedIn('ana', '/flows')
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByText('ana (viewer)').waitFor()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { level: 1, name: 'Sign in to Magpie' }).waitFor()
  await page.getByLabel('Token', { exact: true }).fill(tokens.ana)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Flows' }).waitFor()
  await page.context().clearCookies()
  await page.keyboard.press('Shift+R')
  await page.getByRole('heading', { level: 1, name: 'Sign in to Magpie' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/flows')
  await close()
})
