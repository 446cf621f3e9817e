/** Where one is in a half-typed document, and what may be typed there. */
import { describe, expect, test } from 'vitest'
import { offersAt, type Schema } from './completion'
import { lineOfPointer, pathsOf, placeAt } from './places'

const text = `document:
  name: sync
  # a comment
do:
  - load:
      call: http
      with:
        headers:
          - a
          - b
`

test.each([
  [1, ['document']],
  [2, ['document', 'name']],
  [3, ['document', 'name']],
  [5, ['do', 0, 'load']],
  [6, ['do', 0, 'load', 'call']],
  [10, ['do', 0, 'load', 'with', 'headers', 1]],
])('line %s is at %j', (line, path) => {
  expect(pathsOf(text)[line - 1]).toEqual(path)
})

describe('a list at the indentation of its key', () => {
  const paths = pathsOf('do:\n- one:\n    set: 1\n- "two words":\n    call: http\nafter: 1')
  test.each([
    [2, ['do', 0, 'one']],
    [3, ['do', 0, 'one', 'set']],
    [4, ['do', 1, 'two words']],
    [5, ['do', 1, 'two words', 'call']],
    [6, ['after']],
  ])('line %s is at %j', (line, path) => expect(paths[line - 1]).toEqual(path))
})

test.each([
  ['/do/0/load', 5],
  ['/do/0/load/with', 7],
  ['/document', 1],
  ['/nowhere', null],
])('the pointer %s is in line %s', (pointer, line) => {
  expect(lineOfPointer(text, pointer)).toBe(line)
})

test.each([
  ['do', [], 'key', 'do'],
  ['document:\n  na', ['document'], 'key', 'na'],
  ['document:\n  ', ['document'], 'key', ''],
  ['do:\n  - load:\n      ca', ['do', 0, 'load'], 'key', 'ca'],
  ['do:\n  - load:\n      call: ht', ['do', 0, 'load', 'call'], 'value', 'ht'],
  ['do:\n  - a:\n      set: 1\n  - b:\n      with:\n        me', ['do', 1, 'b', 'with'], 'key', 'me'],
  ['do:\n  - lo', ['do', 0], 'key', 'lo'],
])('at the end of %j one is at %j', (before, path, typing, typed) => {
  expect(placeAt(before)).toEqual({ path, typing, typed })
})

const schema: Schema = {
  type: 'object',
  required: ['do'],
  properties: { document: { $ref: '#/$defs/document' }, do: { $ref: '#/$defs/tasks', title: 'Do' } },
  $defs: {
    document: { properties: { dsl: { const: '1.0.0' }, name: { type: 'string' }, strict: { type: 'boolean' } } },
    tasks: { type: 'array', items: { additionalProperties: { $ref: '#/$defs/task' } } },
    task: {
      oneOf: [
        { properties: { call: { enum: ['http', 'grpc'] }, with: {} } },
        { properties: { set: {}, do: { $ref: '#/$defs/tasks' } } },
      ],
    },
  },
}
const labels = (before: string) => offersAt(schema, placeAt(before)).map(({ label }) => label)

test.each([
  ['', ['document', 'do']],
  ['document:\n  ', ['dsl', 'name', 'strict']],
  ['document:\n  dsl: ', ['1.0.0']],
  ['document:\n  strict: ', ['true', 'false']],
  ['do:\n  - load:\n      ', ['call', 'with', 'set', 'do']],
  ['do:\n  - load:\n      call: ', ['http', 'grpc']],
  ['do:\n  - a:\n      do:\n        - b:\n            ', ['call', 'with', 'set', 'do']],
  ['nowhere:\n  ', []],
])('after %j the schema offers %j', (before, offered) => {
  expect(labels(before)).toEqual(offered)
})

/** What is offered where `|` stands in a document. */
const offered = (document: string, of = real) => {
  const before = document.slice(0, document.indexOf('|'))
  const offers = offersAt(of, placeAt(before), document.replace('|', ''), before.split('\n').length - 1)
  return offers.map(({ label }) => label)
}
const base = { properties: { if: {}, timeout: {} } }
const real: Schema = {
  properties: { use: { properties: { functions: { additionalProperties: {} } } }, do: { $ref: '#/$defs/tasks' } },
  'x-connectors': [{ name: 'sql.query', summary: 'Rows', required: ['database', 'sql'], optional: ['parameters'] }],
  'x-unsupported-calls': ['grpc'],
  $defs: {
    tasks: { items: { additionalProperties: { $ref: '#/$defs/task' } } },
    task: {
      oneOf: [
        {
          oneOf: [
            call('http', { method: {}, endpoint: {} }),
            call('grpc', { proto: {} }),
            {
              required: ['call'],
              allOf: [base, { properties: { call: { not: { enum: ['http', 'grpc'] } }, with: {} } }],
            },
          ],
        },
        { required: ['for', 'do'], allOf: [base, { properties: { for: {}, do: { $ref: '#/$defs/tasks' } } }] },
        {
          required: ['wait'],
          allOf: [base, { properties: { wait: { oneOf: [{ properties: { days: {}, hours: {} } }, {}] } } }],
        },
      ],
    },
  },
}

function call(protocol: string, properties: Record<string, Schema>): Schema {
  return {
    required: ['call', 'with'],
    allOf: [base, { properties: { call: { const: protocol }, with: { properties } } }],
  }
}

test.each([
  ['which task it is stands open', 'do:\n  - a:\n      |', ['if', 'timeout', 'call', 'for', 'wait']],
  ['a task says what it is', 'do:\n  - a:\n      wait: PT1S\n      |', ['if', 'timeout']],
  ['also when it says so further down', 'do:\n  - a:\n      |\n      for: {in: .x}', ['if', 'timeout', 'do']],
  ['a key that is changed', 'do:\n  - a:\n      ca|: http', ['if', 'timeout', 'call', 'for', 'wait']],
  ['a call of http', 'do:\n  - a:\n      call: http\n      with:\n        |', ['method', 'endpoint']],
  ['one that is below', 'do:\n  - a:\n      with:\n        |\n      call: http', ['method', 'endpoint']],
  [
    'a connector with its version',
    'do:\n  - a:\n      call: sql.query:1.0@x\n      with:\n        sql: a\n        |',
    ['database', 'parameters'],
  ],
  ['what may be called', 'use:\n  functions:\n    mine: {}\ndo:\n  - a:\n      call: |', ['http', 'sql.query', 'mine']],
  [
    'the task beside it does not matter',
    'do:\n  - a:\n      call: http\n  - b:\n      wait: PT1S\n      |',
    ['if', 'timeout'],
  ],
  ['forms without a key of their own', 'do:\n  - a:\n      wait:\n        |', ['days', 'hours']],
  ['in JSON', '{ "do": [\n{ "a": {\n"call": "http",\n"with": { "|" } } } ] }', ['method', 'endpoint']],
])('%s', (_, document, expected) => expect(offered(document)).toEqual(expected))

test('what an object must have comes with its title', () => {
  expect(offersAt(schema, placeAt(''))[1]).toMatchObject({ label: 'do', detail: 'Do', required: true })
})

test('a schema that refers to itself ends', () => {
  const circle: Schema = { $ref: '#/$defs/a', $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }] } } }
  expect(offersAt(circle, placeAt(''))).toEqual([])
})

describe('in JSON', () => {
  const source = `{
  "document": { "name": "sync" },
  "do": [
    {
      "load": {
        "call": "http",
        "with": { "note": "a \\"quoted\\" : {" }
      }
    },
    { "keep": { "set": { "x": 1 } } }
  ]
}`
  test.each([
    [2, ['document']],
    [3, ['do']],
    [4, ['do', 0]],
    [5, ['do', 0, 'load']],
    [6, ['do', 0, 'load', 'call']],
    [7, ['do', 0, 'load', 'with']],
    [9, ['do', 0, 'load', 'with']],
    [10, ['do', 1]],
  ])('line %s is at %j', (line, path) => expect(pathsOf(source)[line - 1]).toEqual(path))

  test('a pointer is in its line', () => expect(lineOfPointer(source, '/do/0/load')).toBe(5))

  test.each([
    ['{ "', [], 'key', '', true],
    ['{ "do', [], 'key', 'do', true],
    ['{ "document": { "na', ['document'], 'key', 'na', true],
    ['{ "document": { "dsl": "1.', ['document', 'dsl'], 'value', '1.', true],
    ['{ "document": { "strict": tr', ['document', 'strict'], 'value', 'tr', false],
    ['{ "do": [ { "a": { "set": 1 } }, { "b": { "ca', ['do', 1, 'b'], 'key', 'ca', true],
    ['{ "do": [ { "a": { "call": "ht', ['do', 0, 'a', 'call'], 'value', 'ht', true],
  ])('at the end of %j one is at %j', (before, path, typing, typed, quoted) => {
    expect(placeAt(before)).toEqual({ path, typing, typed, json: { quoted } })
  })

  test.each([
    ['{ "', ['document', 'do']],
    ['{ "do": [ { "load": { "call": "', ['http', 'grpc']],
    ['{ "document": { "strict": ', ['true', 'false']],
  ])('after %j there is offered %j', (before, offered) => expect(labels(before)).toEqual(offered))
})
