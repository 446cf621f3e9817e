/**
 * Where one is in a flow's document, YAML or JSON: the latter in `jsonPlaces.ts`. In YAML, by indentation alone: the path of keys and places of lists of each line. It is what
 * completion and the way between diagram and source need, and it works while the document is half typed, when no parser
 * would. Flow style (`{a: 1}`) and block scalars count as one line's value.
 */
import { isJson, jsonPaths, jsonPlaceAt } from './jsonPlaces'

export type Path = readonly (string | number)[]

interface Frame {
  indent: number
  /** A key, or a place in a list. */
  at: string | number
}

const keyOf = /^("(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^\s#'"[{][^:#]*?)\s*:(?:\s|$)/

const unquoted = (key: string) => (/^["']/.test(key) ? key.slice(1, -1) : key)

/** The path of each line: of its key, or of its place in a list. Empty and comment lines have that of the line before. */
export function pathsOf(text: string): Path[] {
  if (isJson(text)) return jsonPaths(text)
  const stack: Frame[] = []
  let last: Path = []
  return text.split('\n').map((line) => {
    if (/^\s*(#|$)/.test(line) || line.startsWith('---')) return last
    last = pathOfLine(line, stack)
    return last
  })
}

function pathOfLine(line: string, stack: Frame[]): Path {
  let indent = line.length - line.trimStart().length
  let rest = line.slice(indent)
  while (/^-(\s|$)/.test(rest)) {
    const before = above(stack, indent, true)
    const same = before?.indent === indent && typeof before.at === 'number' ? before : null
    if (same) same.at = (same.at as number) + 1
    else stack.push({ indent, at: 0 })
    const gap = rest.slice(1).length - rest.slice(1).trimStart().length
    indent += 1 + gap
    rest = rest.slice(1 + gap)
  }
  const key = keyOf.exec(rest)?.[1]
  if (key !== undefined) {
    above(stack, indent, false)
    stack.push({ indent, at: unquoted(key.trim()) })
  }
  return stack.map(({ at }) => at)
}

/** Drops the frames that this indentation ends. A list may stand at the indentation of its own key. */
function above(stack: Frame[], indent: number, dash: boolean): Frame | undefined {
  for (;;) {
    const top = stack.at(-1)
    if (!top || top.indent < indent) return top
    if (dash && top.indent === indent && typeof top.at === 'number') return top
    if (dash && top.indent === indent && typeof top.at === 'string' && !listAt(stack, indent)) return top
    stack.pop()
  }
}

/** Whether a list is open at this indentation, below the frame on top: then a dash goes on with it. */
const listAt = (stack: readonly Frame[], indent: number) =>
  stack.slice(0, -1).some((frame) => frame.indent === indent && typeof frame.at === 'number')

/** A JSON pointer as a path: numbers are places of lists. */
export const pathOfPointer = (pointer: string): Path =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))

/** The line, from 1, where a pointer's value begins; null when the text has no such place. */
export function lineOfPointer(text: string, pointer: string): number | null {
  const wanted = pathOfPointer(pointer).join('\n')
  const at = pathsOf(text).findIndex((path) => path.join('\n') === wanted)
  return at < 0 ? null : at + 1
}

export interface Place {
  /** The object or value that stands at the cursor. */
  path: Path
  /** Whether a key is typed there, or the value of the path's last key. */
  typing: 'key' | 'value'
  /** What is typed of it so far. */
  typed: string
  /** In JSON: whether it is in quotes, which are then not written again. */
  json?: { quoted: boolean }
}

/** Where the cursor is: at the end of the first `text`, in the line that is being typed. */
export function placeAt(text: string): Place {
  if (isJson(text)) return jsonPlaceAt(text)
  const lines = text.split('\n')
  const line = lines.pop() ?? ''
  const stack: Frame[] = []
  for (const before of lines) if (!/^\s*(#|$)/.test(before) && !before.startsWith('---')) pathOfLine(before, stack)
  const value = /^(\s*(?:-\s+)*)([^\s#][^:#]*):\s+(\S*)$/.exec(line)
  if (value) return { path: pathOfLine(`${value[1]}${value[2]}: x`, stack), typing: 'value', typed: value[3] ?? '' }
  const typed = /[^\s-][^\s]*$/.exec(line)?.[0] ?? ''
  const path = pathOfLine(`${line.slice(0, line.length - typed.length)}typed: x`, stack)
  return { path: path.slice(0, -1), typing: 'key', typed }
}

/** Keys that stand in an object, with their values where those are short texts. */
export type Given = ReadonlyMap<string, string | null>

/** What stands at each path of a document, but for what is typed in the line of that number, from 0. */
export function givenIn(text: string, typed: number): (path: Path) => Given {
  const lines = text.split('\n')
  const paths = pathsOf(text)
  return (path) => {
    const given = new Map<string, string | null>()
    paths.forEach((at, line) => {
      const key = at[path.length]
      const below = path.every((part, depth) => at[depth] === part)
      if (line === typed || !below || typeof key !== 'string') return
      const value = at.length === path.length + 1 ? (valueAtEnd.exec(lines[line] ?? '')?.[1] ?? null) : null
      given.set(key, given.get(key) ?? value)
    })
    return given
  }
}

/** The text at the end of a line, after its key. */
const valueAtEnd = /:\s+["']?([\w.:@/-]+)["']?\s*,?\s*(?:#.*)?$/
