/** A parser as the workbench's form holds it, and as the API takes it: one of its ways, expressions, a zone. Pure. */
import type { Schemas } from '~/api/client'

export type Choice = Schemas['ParserChoice']
type Parser = Schemas['Parser']

export const ways = ['auto', 'format', 'pattern', 'regex', 'grok', 'json'] as const
export type Way = (typeof ways)[number]

export interface Pair {
  name: string
  value: string
}

export interface Draft {
  way: Way
  format: string
  pattern: string
  regex: string
  grok: string
  json: Pair[]
  map: Pair[]
  zone: string
}

export const emptyDraft: Draft = {
  way: 'auto',
  format: '',
  pattern: '',
  regex: '',
  grok: '',
  json: [],
  map: [],
  zone: '',
}

/** The formats of docs/formats.md, offered while typing; any other name is the server's to judge. */
export const formats: readonly string[] = [
  ...[
    'combined',
    'common',
    'nginx',
    'apache',
    'envoy',
    'haproxy',
    'alb',
    's3',
    'traefik',
    'caddy',
    'squid',
    'gin',
    'morgan',
    'w3c',
    'iis',
  ],
  ...[
    'gunicorn',
    'werkzeug',
    'nginx_error',
    'apache_error',
    'klog',
    'log4j',
    'logback',
    'spring',
    'jul',
    'dotnet',
    'php',
    'plain',
  ],
  ...['mysql_slow', 'redis', 'auditd', 'vpc_flow'],
  ...['json', 'ecs', 'kong', 'logfmt', 'csv', 'tsv', 'docker', 'cri', 'syslog', 'rfc3164', 'rfc5424'],
]

const pairsOf = (members: Record<string, string> | undefined): Pair[] =>
  Object.entries(members ?? {}).map(([name, value]) => ({ name, value }))

const membersOf = (pairs: readonly Pair[]): Record<string, string> =>
  Object.fromEntries(pairs.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]))

/** The form, filled with a parser in force. */
export function draftOf(parser: Parser | Choice): Draft {
  const { format, pattern, regex, grok, json, map, zone } = parser
  const way: Way =
    pattern !== undefined
      ? 'pattern'
      : regex !== undefined
        ? 'regex'
        : grok !== undefined
          ? 'grok'
          : json !== undefined
            ? 'json'
            : format !== undefined && format !== 'auto'
              ? 'format'
              : 'auto'
  return {
    way,
    format: way === 'format' ? (format ?? '') : '',
    pattern: pattern ?? '',
    regex: regex ?? '',
    grok: grok ?? '',
    json: pairsOf(json),
    map: pairsOf(map),
    zone: zone ?? '',
  }
}

/** What the API is asked to try or to save; only the chosen way counts, the others wait in the form. */
export function choiceOf(draft: Draft): Choice {
  const map = membersOf(draft.map)
  const zone = draft.zone.trim()
  return {
    ...wayOf(draft),
    ...(Object.keys(map).length > 0 ? { map } : {}),
    ...(zone === '' ? {} : { zone }),
  }
}

function wayOf(draft: Draft): Choice {
  switch (draft.way) {
    case 'auto':
      return { format: 'auto' }
    case 'format':
      return { format: draft.format.trim() }
    case 'json':
      return { json: membersOf(draft.json) }
    default:
      return { [draft.way]: draft[draft.way] }
  }
}

/** Whether there is enough of it to try. */
export function tryable(draft: Draft): boolean {
  if (draft.way === 'auto' || draft.way === 'json') return true
  return draft[draft.way].trim() !== ''
}

/** Whether two forms mean the same. */
export const sameChoice = (a: Draft, b: Draft) => JSON.stringify(choiceOf(a)) === JSON.stringify(choiceOf(b))
