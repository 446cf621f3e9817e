/**
 * A file on its way to Magpie: unpacked where it is gzip, decoded, cut into pieces, sent one after the other. Nothing
 * holds the whole file. The server says how far it has come, so a piece is never written twice.
 */
import { answer, client, type Schemas } from '~/api/client'

export type Uploaded = Schemas['Uploaded']

/** Characters of a piece: below the server's 8 MiB however its letters are escaped. */
const pieceLength = 1 << 20

const isGzip = (file: File) => /\.gz$/i.test(file.name)

/** The name under which it is handed over. */
export const plainName = (name: string) => name.replace(/\.gz$/i, '')

function bytesOf(file: File): ReadableStream<Uint8Array<ArrayBuffer>> {
  return isGzip(file) ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream()
}

/** The text of a stream in pieces of about so many characters; a letter is never cut in two. */
export async function* pieces(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  length = pieceLength,
): AsyncGenerator<{ text: string; read: number }> {
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  let [waiting, read] = ['', 0]
  try {
    for (;;) {
      const { done, value } = await reader.read()
      waiting += value ? decoder.decode(value, { stream: true }) : decoder.decode()
      read += value?.byteLength ?? 0
      while (waiting.length >= length) {
        const cut = wholeLetters(waiting, length)
        yield { text: waiting.slice(0, cut), read }
        waiting = waiting.slice(cut)
      }
      if (done) break
    }
  } finally {
    void reader.cancel()
  }
  if (waiting !== '') yield { text: waiting, read }
}

/** Not between the two halves of a letter beyond the first 65,536. */
const wholeLetters = (text: string, at: number) => (/[\uD800-\uDBFF]/.test(text[at - 1] ?? '') ? at - 1 : at)

/** The first lines of a file, whole ones, for a look before it is handed over. */
export async function headOf(file: File, most = 64 * 1024): Promise<string> {
  for await (const { text } of pieces(bytesOf(file), most)) {
    const end = text.lastIndexOf('\n')
    return text.length < most || end < 0 ? text : text.slice(0, end)
  }
  return ''
}

interface Progress {
  /** Characters' worth of the file sent so far, 0 to 1; of a packed file about. */
  share: number
}

/** Hands the file over; what the server says of the last piece. */
export async function send(file: File, tell: (progress: Progress) => void, signal: AbortSignal): Promise<Uploaded> {
  let [name, offset] = [plainName(file.name), 0]
  let sent: Uploaded | null = null
  let waiting: string | null = null
  const post = async (content: string, last: boolean) => {
    const uploaded = await answer(
      'POST /api/v1/uploads',
      client.POST('/api/v1/uploads', { body: { name, offset, content, last }, signal }),
    )
    name = uploaded.name
    offset = uploaded.bytes
    sent = uploaded
    return uploaded
  }
  // One piece is held back, since only the next one tells whether it was the last.
  for await (const { text, read } of pieces(bytesOf(file))) {
    if (waiting !== null) {
      await post(waiting, false)
      tell({ share: isGzip(file) ? 0.5 : Math.min(1, read / Math.max(1, file.size)) })
    }
    waiting = text
  }
  sent = await post(waiting ?? '', true)
  tell({ share: 1 })
  return sent
}
