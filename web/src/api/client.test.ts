/** How parameters are written, and what failures become. */
import { expect, test } from 'vitest'
import { ApiError, answer, writeQuery } from './client'

test.each<[Record<string, unknown>, string]>([
  [{ from: 'now-1h', to: undefined, limit: 100 }, 'from=now-1h&limit=100'],
  [{ source: ['a', 'b c'] }, 'source=a&source=b+c'],
  [{ source: [] }, ''],
  [{ service: '' }, 'service='],
  [{ is: { status: '200' }, not: { host: ['x', 'y'] } }, 'is.status=200&not.host=x&not.host=y'],
])('%o is written %s', (query, text) => {
  expect(writeQuery(query)).toBe(text)
})

test('a problem keeps the words of the server', async () => {
  const problem = {
    type: 'about:blank',
    title: 'Bad request',
    status: 400,
    detail: 'unknown field',
    fix: 'see /fields',
  }
  const failed = answer('GET /x', Promise.resolve({ error: problem, response: new Response(null, { status: 400 }) }))
  await expect(failed).rejects.toMatchObject({ status: 400, problem, offline: false, message: 'unknown field' })
})

test('no answer at all is offline', async () => {
  const failed = answer('GET /x', Promise.reject(new TypeError('fetch failed')))
  await expect(failed).rejects.toSatisfy((error: unknown) => error instanceof ApiError && error.offline)
})

test('data is handed through', async () => {
  expect(await answer('GET /x', Promise.resolve({ data: 7, response: new Response('7') }))).toBe(7)
})
