/** Both languages say everything: same keys, same placeholders, nothing empty, and Chinese that is Chinese. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import english from './en'
import { firstLanguage } from './index'
import chinese from './zh'

type Texts = { [key: string]: string | Texts }

function flat(texts: Texts, prefix = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') all.set(prefix + key, value)
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) all.set(inner, text)
  }
  return all
}

/** Chinese has one plural form, English two: both count as the one key. */
const singular = (keys: Iterable<string>) => new Set([...keys].map((key) => key.replace(/_(one|other)$/, '')))
const placeholders = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name]) => name ?? '').sort()

const namespaces = Object.keys(english) as (keyof typeof english)[]

test('every file belongs to a namespace of both languages', () => {
  // The server speaks English by itself.
  for (const [lang, more] of [
    ['en', []],
    ['zh', ['server']],
  ] as const) {
    const files = readdirSync(join(import.meta.dirname, lang)).map((file) => file.replace('.json', ''))
    expect(files.sort()).toEqual([...namespaces, ...more].sort())
  }
})

describe('what the server tells', () => {
  const openapi = JSON.parse(readFileSync(join(import.meta.dirname, '../../../crates/api/openapi.json'), 'utf8'))
  const values = openapi.components.schemas.Code['x-values'] as Record<string, string[]>
  // Beside the codes: names of things that stand in them, and of places.
  const { things: _, at: __, ...texts } = chinese.server

  test('every code has a text, and no other', () => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(values).sort())
  })
  test.each(Object.entries(texts as Texts))('%s leaves out no value and invents none', (code, text) => {
    const said = Object.values(text).join(' ')
    expect(said).toMatch(/\p{Script=Han}/u)
    expect([...new Set(placeholders(said))]).toEqual(values[code])
  })
})

/**
 * Texts name things of ours in English (`unknown key`, `a text stands here`); Chinese has a word for each. Which there are is read
 * from the places that name them.
 */
test('every thing that a text of parsers and flows names has a word', () => {
  const crates = join(import.meta.dirname, '../../../crates')
  const named = (folder: string, patterns: readonly RegExp[]) =>
    readdirSync(join(crates, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.rs') && !/tests?\.rs$/.test(file))
      .flatMap((file) =>
        patterns.flatMap((pattern) => [...readFileSync(join(crates, folder, file), 'utf8').matchAll(pattern)]),
      )
      .map(([, words = '']) => words)
  const words = [/(?:unknown_word|declared)\(\s*"([^"]+)"/g]
  const things = [
    ...named('pipeline/src/normalise', words),
    ...named('flows/src', [
      ...words,
      /\("what", &"([^"]+)"\)/g,
      /limit\(keywords, "\w+", .*, "([^"]+)", at, found\)/g,
      /Field \{ name: "([^"]+)"/g,
    ]),
    // Kinds of values, and how those are told that a schema wants.
    ...named('flows/src/definition', [/^ {8}(?:Value::\w+(?:\(_\))?|"\w+"|_) => "([^"]+)",$/gm]),
  ]
  expect(things.length).toBeGreaterThan(40)
  expect(things).toEqual(
    expect.arrayContaining(['a text', 'day of week', 'characters, at most', 'function', 'scripts']),
  )
  const known = chinese.server.things as Record<string, string>
  expect([...new Set(things)].filter((thing) => !(thing in known))).toEqual([])
})

describe.each(namespaces)('%s', (namespace) => {
  const [en, zh] = [flat(english[namespace] as Texts), flat(chinese[namespace] as Texts)]

  test('same keys', () => {
    expect([...singular(zh.keys())].sort()).toEqual([...singular(en.keys())].sort())
  })
  test('English plurals come in pairs', () => {
    for (const key of en.keys()) {
      if (key.endsWith('_one')) expect([...en.keys()]).toContain(key.replace('_one', '_other'))
    }
  })
  test('same placeholders, nothing empty', () => {
    for (const [key, text] of zh) {
      const other = en.get(key) ?? en.get(`${key}_other`) ?? ''
      expect(text.trim(), key).not.toBe('')
      expect(other.trim(), key).not.toBe('')
      expect(placeholders(text), key).toEqual(placeholders(other))
    }
  })
})

test.each([
  ['zh', ['en-US'], 'zh'],
  [null, ['zh-CN', 'en'], 'zh'],
  [null, ['zh-Hant-TW'], 'zh'],
  [null, ['de', 'fr'], 'en'],
  [null, ['de', 'zh'], 'zh'],
  ['klingon', ['en'], 'en'],
  [null, [], 'en'],
] as const)('chosen %j, browser %j: %s', (chosen, browser, lang) => {
  expect(firstLanguage(chosen, browser)).toBe(lang)
})
