/**
 * Where one is in a JSON document, read from its beginning without a parser, so that it works while the document is half
 * typed: what is open stands on a stack, the rest of the text does not matter. YAML goes by indentation: `places.ts`.
 */
import type { Path, Place } from './places'

/** An object or list that is open, and where in it one is. */
interface Open {
  list: boolean
  /** The key whose value is read, or the place in the list; none between values. */
  at: string | number | null
}

/** A document in JSON: what comes first, after space, opens an object. */
export const isJson = (text: string) => /^\s*\{/.test(text)

class Reader {
  readonly stack: Open[] = []
  /** The string that is open: what it says so far. */
  text: string | null = null
  /** The string that was closed last, which a colon makes a key. */
  #closed = ''
  /** A bare word that is being typed: a number, true, false, null. */
  word = ''
  #escaped = false

  get path(): Path {
    return this.stack.flatMap(({ at }) => (at === null ? [] : [at]))
  }

  /** Whether a string here would be a key. */
  get wantsKey(): boolean {
    const top = this.stack.at(-1)
    return top !== undefined && !top.list && top.at === null
  }

  read(char: string): void {
    if (this.text !== null) this.#inString(char)
    else if (char === '"') this.#begin()
    else if (char === '{' || char === '[') this.stack.push({ list: char === '[', at: char === '[' ? 0 : null })
    else if (char === '}' || char === ']') this.stack.pop()
    else if (char === ':') this.#key()
    else if (char === ',') this.#next()
    if (this.text !== null || !/[\w.+-]/.test(char)) this.word = ''
    else this.word += char
  }

  #begin() {
    this.text = ''
    this.#escaped = false
  }

  #inString(char: string) {
    if (this.#escaped) this.#escaped = false
    else if (char === '\\') this.#escaped = true
    else if (char === '"') {
      this.#closed = this.text ?? ''
      this.text = null
      return
    }
    this.text += char
  }

  #key() {
    const top = this.stack.at(-1)
    if (top && !top.list) top.at = this.#closed
  }

  #next() {
    const top = this.stack.at(-1)
    if (top) top.at = top.list ? Number(top.at) + 1 : null
  }
}

/** The path of each line: of the first value that begins in it; lines that only close have that of the line before. */
export function jsonPaths(text: string): Path[] {
  const reader = new Reader()
  let last: Path = []
  return text.split('\n').map((line) => {
    let found: Path | null = null
    for (const char of `${line}\n`) {
      const begins = reader.text === null && !reader.wantsKey && /["{[\w-]/.test(char)
      if (begins) found ??= reader.path
      reader.read(char)
      if (char === ':' && reader.text === null) found ??= reader.path
    }
    last = found ?? last
    return last
  })
}

/** Where the cursor is: at the end of the first `text`. */
export function jsonPlaceAt(text: string): Place {
  const reader = new Reader()
  for (const char of text) reader.read(char)
  const typing = reader.wantsKey ? 'key' : 'value'
  const quoted = reader.text !== null
  return { path: reader.path, typing, typed: reader.text ?? reader.word, json: { quoted } }
}
