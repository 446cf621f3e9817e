/**
 * What may be typed at a place of a flow, from its JSON Schema: the keys that an object there may have, or the values of
 * a key. Of alternatives (`oneOf`, `anyOf`) those are offered that go with what already stands there: `call: http` leaves the
 * arguments of `http`. While nothing decides between them, the keys that would decide are offered, not all that each could have.
 */
import { connectorKeys, connectorNames, unsupportedCalls } from './connectors'
import { type Given, givenIn, type Path, type Place } from './places'

export interface Schema {
  $ref?: string
  title?: string
  description?: string
  type?: string | readonly string[]
  const?: unknown
  enum?: readonly unknown[]
  not?: Schema
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  required?: readonly string[]
  items?: Schema
  allOf?: readonly Schema[]
  anyOf?: readonly Schema[]
  oneOf?: readonly Schema[]
  [name: string]: unknown
}

export interface Offer {
  label: string
  detail?: string
  info?: string
  /** Whether the object must have it. */
  required?: boolean
  /** Whether it says which of several alternatives this is. */
  decides?: boolean
  /** A value that is no text: JSON writes it without quotes. */
  bare?: boolean
}

/** References to follow one after the other before a schema is taken to go in circles. */
const deepest = 24

const nothing: Given = new Map()

function referred(ref: string | undefined, root: Schema): Schema[] {
  if (!ref?.startsWith('#/')) return []
  let at: unknown = root
  for (const part of ref.slice(2).split('/')) {
    at = (at as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return at === undefined ? [] : [at as Schema]
}

/** What holds besides the schema itself, whatever is chosen. */
const always = (schema: Schema, root: Schema) => [...referred(schema.$ref, root), ...(schema.allOf ?? [])]

/** A schema with all that its references and combinations say, as far as they go with what is given. */
function expanded(schema: Schema, root: Schema, given: Given, depth = 0): Schema[] {
  if (depth > deepest) return []
  const chosen = [schema.anyOf, schema.oneOf].flatMap((each) => fitting(each ?? [], root, given, depth))
  return [schema, ...[...always(schema, root), ...chosen].flatMap((each) => expanded(each, root, given, depth + 1))]
}

/** The alternatives that go with what is given; all of them when none does. */
function fitting(alternatives: readonly Schema[], root: Schema, given: Given, depth: number): readonly Schema[] {
  if (given.size === 0 || alternatives.length < 2) return alternatives
  const parts = alternatives.map((each) => expanded(each, root, nothing, depth + 1))
  const fits = (at: number, key: string, value: string | null) => {
    const named = (parts[at] ?? []).flatMap(({ properties }): Schema[] => (properties?.[key] ? [properties[key]] : []))
    return named.length > 0 && (value === null || named.some((property) => admits(property, root, value)))
  }
  let left = alternatives.map((_, at) => at)
  for (const [key, value] of given) {
    const those = left.filter((at) => fits(at, key, value))
    if (those.length > 0) left = those
  }
  return left.map((at) => alternatives[at] as Schema)
}

/** Whether a property may have this value, as far as constants and lists say it. */
function admits(property: Schema, root: Schema, value: string): boolean {
  const all = expanded(property, root, nothing)
  const said = all.flatMap((schema) => [...(schema.enum ?? []), ...(schema.const === undefined ? [] : [schema.const])])
  const refused = all.flatMap((schema) => schema.not?.enum ?? [])
  return (said.length === 0 || said.some((each) => String(each) === value)) && !refused.includes(value)
}

/** The schemas that a value at this path may follow, in a document where this is given. */
export function schemasAt(root: Schema, path: Path, given: (path: Path) => Given = () => nothing): Schema[] {
  let here = expanded(root, root, given([]))
  path.forEach((part, at) => {
    const inner = new Set(here.flatMap((schema) => inside(schema, part)))
    here = [...inner].flatMap((schema) => expanded(schema, root, given(path.slice(0, at + 1))))
  })
  return here
}

function inside(schema: Schema, part: string | number): Schema[] {
  if (typeof part === 'number') return schema.items ? [schema.items] : []
  const named = schema.properties?.[part]
  if (named) return [named]
  const pattern = Object.entries(schema.patternProperties ?? {}).find(([like]) => new RegExp(like, 'u').test(part))
  if (pattern) return [pattern[1]]
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []
}

/** `text` is the whole document, in which the line of the cursor is the one with this number, from 0. */
export function offersAt(root: Schema, place: Place, text = '', line = -1): Offer[] {
  const given = givenIn(text, line)
  const offers = place.typing === 'key' ? keysAt(root, place.path, given) : valuesAt(root, place.path, given)
  return merged(offers)
}

function keysAt(root: Schema, path: Path, given: (path: Path) => Given): Offer[] {
  const here = given(path)
  const function_ = path.at(-1) === 'with' ? given(path.slice(0, -1)).get('call') : undefined
  const arguments_ = function_ ? connectorKeys(root, function_) : []
  const around = schemasAt(root, path.slice(0, -1), given)
  const last = path.at(-1)
  const starts = last === undefined ? [root] : [...new Set(around.flatMap((schema) => inside(schema, last)))]
  const offers = [...arguments_, ...starts.flatMap((schema) => keysOf(schema, root, here))]
  return offers.filter(({ label }) => !here.has(label))
}

/** The keys of one schema: its own, those that always hold, and of its alternatives what helps to choose. */
function keysOf(schema: Schema, root: Schema, given: Given, depth = 0): Offer[] {
  if (depth > deepest) return []
  const own = Object.entries(schema.properties ?? {}).map(([label, property]): Offer => {
    const all = expanded(property, root, nothing)
    const told = (name: 'title' | 'description') => all.find((each) => each[name])?.[name]
    return { label, detail: told('title'), info: told('description') }
  })
  const further = always(schema, root).flatMap((each) => keysOf(each, root, given, depth + 1))
  const choices = [schema.anyOf, schema.oneOf].flatMap((each) =>
    ofChoice(fitting(each ?? [], root, given, depth).map((form) => merged(keysOf(form, root, given, depth + 1)))),
  )
  const first = schema.required?.[0]
  return [...own, ...further, ...choices].map((offer) => ({
    ...offer,
    required: offer.required || schema.required?.includes(offer.label),
    decides: offer.decides || offer.label === first,
  }))
}

/** Of several forms: what each begins with, and what all have; of a single one everything. */
function ofChoice(forms: readonly Offer[][]): Offer[] {
  if (forms.length < 2) return forms.flat()
  const inAll = (label: string) => forms.every((form) => form.some((offer) => offer.label === label))
  return forms.flatMap((form) =>
    form.some(({ decides }) => decides) ? form.filter(({ decides, label }) => decides || inAll(label)) : form,
  )
}

function valuesAt(root: Schema, path: Path, given: (path: Path) => Given): Offer[] {
  const offers = schemasAt(root, path, given).flatMap((schema) => {
    const values = [...(schema.enum ?? []), ...(schema.const === undefined ? [] : [schema.const])]
    if (schema.type === 'boolean') values.push(true, false)
    return values.map(
      (value): Offer => ({ label: String(value), info: schema.description, bare: typeof value !== 'string' }),
    )
  })
  const calls = path.at(-1) === 'call' && offers.some(({ label }) => label === 'http')
  if (!calls) return offers
  const own = [...given(['use', 'functions']).keys()].map((label): Offer => ({ label }))
  return [...offers.filter(({ label }) => !unsupportedCalls(root).includes(label)), ...connectorNames(root), ...own]
}

function merged(offers: readonly Offer[]): Offer[] {
  const seen = new Map<string, Offer>()
  for (const offer of offers) {
    const before = seen.get(offer.label)
    const both = (name: 'required' | 'decides') => before?.[name] || offer[name]
    seen.set(offer.label, before ? { ...before, required: both('required'), decides: both('decides') } : offer)
  }
  return [...seen.values()]
}
