/** A file is cut into pieces without losing or splitting a letter, whatever the chunks in which it is read. */
import { expect, test } from 'vitest'
import { headOf, pieces, plainName } from './sending'

function streamOf(bytes: Uint8Array<ArrayBuffer>, chunk: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, at + chunk))
      at += chunk
    },
  })
}

async function cut(text: string, chunk: number, length: number): Promise<string[]> {
  const all: string[] = []
  for await (const { text: piece } of pieces(streamOf(new TextEncoder().encode(text), chunk), length)) all.push(piece)
  return all
}

test.each([
  ['plain lines\nand more\n', 5, 4],
  ['支付超时：3 次\n', 2, 3],
  ['🦜🦜🦜 magpie 🦜\n', 3, 3],
  ['short', 100, 100],
])('%j read by %d bytes, sent by %d letters', async (text, chunk, length) => {
  const all = await cut(text, chunk, length)
  expect(all.join('')).toBe(text)
  for (const piece of all) {
    expect(piece.length).toBeLessThanOrEqual(length)
    // Half a letter would be read as the mark of what cannot be decoded.
    expect(new TextDecoder().decode(new TextEncoder().encode(piece))).toBe(piece)
  }
})

test('an empty file has no pieces', async () => {
  expect(await cut('', 4, 4)).toEqual([])
})

test('the head ends with a whole line', async () => {
  const file = new File(['one\ntwo\nthree and on'], 'app.log')
  expect([await headOf(file, 10), await headOf(file, 1000)]).toEqual(['one\ntwo', 'one\ntwo\nthree and on'])
})

test('a packed file is handed over under its own name', () => {
  expect([plainName('access.log.gz'), plainName('app.log')]).toEqual(['access.log', 'app.log'])
})
