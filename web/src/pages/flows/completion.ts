/**
 * What may be typed at a place of a flow, from its JSON Schema: the keys that an object there may have, or the values of
 * a key. Alternatives (`oneOf`, `anyOf`) are offered together: which of them it will be is only known later.
 */
import type { Path, Place } from './places'

export interface Schema {
  $ref?: string
  title?: string
  description?: string
  type?: string | readonly string[]
  const?: unknown
  enum?: readonly unknown[]
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
  /** A value that is no text: JSON writes it without quotes. */
  bare?: boolean
}

/** References to follow one after the other before a schema is taken to go in circles. */
const deepest = 24

/** A schema with all that its references and combinations say. */
function expanded(schema: Schema, root: Schema, depth = 0): Schema[] {
  if (depth > deepest) return []
  const further = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  const target = schema.$ref === undefined ? undefined : referred(schema.$ref, root)
  return [
    schema,
    ...(target ? expanded(target, root, depth + 1) : []),
    ...further.flatMap((each) => expanded(each, root, depth + 1)),
  ]
}

function referred(ref: string, root: Schema): Schema | undefined {
  if (!ref.startsWith('#/')) return undefined
  let at: unknown = root
  for (const part of ref.slice(2).split('/')) {
    at = (at as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return at as Schema | undefined
}

/** The schemas that a value at this path may follow. */
export function schemasAt(root: Schema, path: Path): Schema[] {
  let here = expanded(root, root)
  for (const part of path) {
    const inner = here.flatMap((schema) => inside(schema, part))
    here = [...new Set(inner)].flatMap((schema) => expanded(schema, root))
  }
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

export function offersAt(root: Schema, { path, typing }: Place): Offer[] {
  const schemas = schemasAt(root, path)
  const offers = typing === 'key' ? keyOffers(schemas, root) : valueOffers(schemas)
  const seen = new Map<string, Offer>()
  for (const offer of offers) {
    const before = seen.get(offer.label)
    seen.set(offer.label, before ? { ...before, required: before.required || offer.required } : offer)
  }
  return [...seen.values()]
}

function keyOffers(schemas: readonly Schema[], root: Schema): Offer[] {
  return schemas.flatMap((schema) =>
    Object.entries(schema.properties ?? {}).map(([label, property]): Offer => {
      const all = expanded(property, root)
      const told = (name: 'title' | 'description') => all.find((each) => each[name])?.[name]
      return { label, detail: told('title'), info: told('description'), required: schema.required?.includes(label) }
    }),
  )
}

function valueOffers(schemas: readonly Schema[]): Offer[] {
  return schemas.flatMap((schema) => {
    const values = [...(schema.enum ?? []), ...(schema.const === undefined ? [] : [schema.const])]
    if (schema.type === 'boolean') values.push(true, false)
    return values.map(
      (value): Offer => ({ label: String(value), info: schema.description, bare: typeof value !== 'string' }),
    )
  })
}
