/**
 * The line by which edges are found or hidden: `target_module:pay* elapsed>300ms -service:/health state:firing "two
 * words"`. All terms must hold; `-` turns one round; a bare word is looked for in every name of the edge. Mistakes are
 * told with the term that is wrong.
 */
import type { FieldSpec, MapEdge, MapGraph } from './graph'

export type Mistake = { term: string; kind: 'column' | 'number' | 'empty' }
type Test = (edge: MapEdge) => boolean

export interface Expression {
  test: Test
  mistakes: Mistake[]
}

const columns = [
  'source',
  'source_module',
  'service',
  'target',
  'target_module',
  'module',
  'host',
  'state',
  'tier',
] as const
type Column = (typeof columns)[number]

const short: Record<string, Column> = { from: 'source_module', to: 'target_module' }
const timeUnits: Record<string, number> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 }
const sizeUnits: Record<string, number> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 1024, mib: 1024 ** 2 }

export function words(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"]+|"[^"]*"?)+/g)].map(([word]) => word)
}

export function parseExpression(
  text: string,
  graph: Pick<MapGraph, 'nodes'>,
  fields: readonly FieldSpec[],
): Expression | null {
  const terms = words(text)
  if (terms.length === 0) return null
  const mistakes: Mistake[] = []
  const tests = terms.map((term): Test => {
    const negated = term.startsWith('-') && term.length > 1
    const told = termTest(negated ? term.slice(1) : term, graph, fields)
    if (typeof told !== 'function') {
      mistakes.push({ term, kind: told })
      return () => true
    }
    return negated ? (edge) => !told(edge) : told
  })
  return { test: (edge) => tests.every((test) => test(edge)), mistakes }
}

function termTest(term: string, graph: Pick<MapGraph, 'nodes'>, fields: readonly FieldSpec[]): Test | Mistake['kind'] {
  const compared = /^([\w.]+?)(>=|<=|>|<|=)(.*)$/.exec(term)
  if (compared) return comparison(compared[1] ?? '', compared[2] ?? '', compared[3] ?? '', fields)
  const named = /^(\w+):(.*)$/.exec(term)
  if (named) {
    const name = named[1] ?? ''
    const column = short[name] ?? columns.find((each) => each === name)
    if (!column) return 'column'
    // Several values with commas: any of them, as the query lines of other pages have it.
    const patterns = [...(named[2] ?? '').matchAll(/(?:"(?:[^"\\]|\\.)*"?|[^",])+/g)]
      .map(([value]) => bare(value))
      .filter(Boolean)
    if (patterns.length === 0) return 'empty'
    const tests = patterns.map(glob)
    return columnTest(column, (value) => tests.some((test) => test(value)), graph)
  }
  const wanted = bare(term)
  if (wanted === '') return 'empty'
  const contains = glob(wanted.includes('*') ? wanted : `*${wanted}*`)
  return (edge) => names(edge, graph).some(contains)
}

const bare = (text: string) => text.replace(/\\(["\\])|"/g, (_, kept: string | undefined) => kept ?? '')

/** Case does not matter; `*` stands for anything. */
function glob(pattern: string): (value: string) => boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
  const expression = new RegExp(`^${escaped}$`, 'is')
  return (value) => expression.test(value)
}

function sides(edge: MapEdge, { nodes }: Pick<MapGraph, 'nodes'>) {
  return [nodes.get(edge.source), nodes.get(edge.target)] as const
}

function names(edge: MapEdge, graph: Pick<MapGraph, 'nodes'>): string[] {
  const [source, target] = sides(edge, graph)
  return [source?.module, source?.host, target?.module, target?.host, edge.service, edge.extra].filter(
    (name) => typeof name === 'string',
  )
}

function columnTest(column: Column, matches: (value: string) => boolean, graph: Pick<MapGraph, 'nodes'>): Test {
  return (edge) => {
    const [source, target] = sides(edge, graph)
    const values: Record<Column, (string | null | undefined)[]> = {
      source: [source?.host],
      source_module: [source?.module],
      service: [edge.service],
      target: [target?.host],
      target_module: [target?.module],
      module: [source?.module, target?.module],
      host: [source?.host, target?.host],
      state: [edge.tone ?? (edge.idle ? 'idle' : 'ok')],
      tier: [source?.tier, target?.tier],
    }
    return values[column].some((value) => typeof value === 'string' && matches(value))
  }
}

function comparison(name: string, sign: string, text: string, fields: readonly FieldSpec[]): Test | Mistake['kind'] {
  const parts = /^(-?[\d.]+)\s*([a-zA-Zµ%/]*)$/.exec(text)
  const number = parts ? Number(parts[1]) : Number.NaN
  const unit = (parts?.[2] ?? '').toLowerCase()
  const compare = signs[sign]
  if (!Number.isFinite(number) || !compare) return 'number'
  if (name === 'calls' || name === 'records') return (edge) => compare(edge.records, number)
  if (name === 'errors') {
    const least = unit === '%' ? number / 100 : number
    return (edge) => edge.errors !== null && compare(edge.errors, least)
  }
  const [fieldName = '', aggregate] = name.split('.')
  const field = fields.find((each) => each.name === fieldName) ?? fields.find((each) => each.name.startsWith(fieldName))
  if (!field) return 'column'
  const scale = scaleOf(unit, field)
  if (scale === null) return 'number'
  return (edge) => {
    const values = edge.fields[field.name]
    const value = values?.[aggregate ?? field.aggregates[0] ?? ''] ?? Object.values(values ?? {})[0]
    return value !== undefined && compare(value, number * scale)
  }
}

const signs: Record<string, (a: number, b: number) => boolean> = {
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
}

/** What a typed unit is in the field's own; null where they do not go together. */
function scaleOf(unit: string, field: FieldSpec): number | null {
  if (unit === '') return 1
  const own = field.unit ?? ''
  const time = timeUnits[own]
  if (time !== undefined) return unit in timeUnits ? (timeUnits[unit] ?? 1) / time : null
  const size = { By: 1, kBy: 1e3, MBy: 1e6, KiBy: 1024, MiBy: 1024 ** 2 }[own]
  if (size !== undefined) return unit in sizeUnits ? (sizeUnits[unit] ?? 1) / size : null
  return unit === '%' && own !== '%' ? 0.01 : unit === '%' ? 1 : null
}
