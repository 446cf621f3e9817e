/**
 * The typed client, made from the server's OpenAPI document, and the one error that all its failures become. It knows
 * how the API writes its parameters: repeated for several values, and `is.column=value` for free columns.
 */
import createClient from 'openapi-fetch'
import { entrance } from '~/access/entrance'
import { connection } from './connection'
import type { components, paths } from './schema'

export type Schemas = components['schemas']
export type Problem = Schemas['Problem']

/** `undefined` and empty lists are left out; an object becomes `name.key=value`. */
export function writeQuery(query: Record<string, unknown>): string {
  const written = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue
    if (Array.isArray(value)) for (const each of value) written.append(name, String(each))
    else if (typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) {
        for (const each of Array.isArray(inner) ? inner : [inner]) written.append(`${name}.${key}`, String(each))
      }
    } else written.append(name, String(value))
  }
  return written.toString()
}

async function watchedFetch(request: Request): Promise<Response> {
  try {
    const response = await fetch(request)
    connection.heard()
    if (response.status === 401 && !request.url.endsWith('/api/v1/session')) entrance.ended()
    return response
  } catch (cause) {
    if (!request.signal.aborted) connection.lost()
    throw cause
  }
}

export const client = createClient<paths>({
  baseUrl: typeof location === 'undefined' ? '' : location.origin,
  querySerializer: (query) => writeQuery(query as Record<string, unknown>),
  // Writes without a body must say JSON, too: the server refuses what a foreign form could send.
  headers: { 'Content-Type': 'application/json' },
  fetch: watchedFetch,
})

/** What went wrong with a request: the server's own words, or that it could not be reached. */
export class ApiError extends Error {
  readonly problem: Problem | null
  readonly status: number
  readonly request: string

  constructor(request: string, status: number, problem: Problem | null, cause?: unknown) {
    super(problem ? problem.detail || problem.title : `${request}: ${status || String(cause)}`, { cause })
    this.name = 'ApiError'
    this.request = request
    this.status = status
    this.problem = problem
  }

  /** The server did not answer at all. */
  get offline(): boolean {
    return this.status === 0
  }
}

function asProblem(body: unknown): Problem | null {
  return typeof body === 'object' && body !== null && 'title' in body && 'detail' in body ? (body as Problem) : null
}

interface Outcome<Data> {
  data?: Data
  error?: unknown
  response: Response
}

/** The data of an answer, or an `ApiError`. Use it around each `client.PUT` and `client.POST`. */
export async function answer<Data>(request: string, outcome: Promise<Outcome<Data>>): Promise<Data> {
  let told: Outcome<Data>
  try {
    told = await outcome
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(request, 0, null, cause)
  }
  if (!told.response.ok) throw new ApiError(request, told.response.status, asProblem(told.error))
  return told.data as Data
}
