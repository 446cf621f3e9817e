/**
 * What a first visit loads, compressed: the page, the entry with all that it imports at once, its styles and fonts, and
 * the larger of the two languages. Fails over the limit. The map as the first page adds its own lazily loaded part.
 */
import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const limit = 400_000
const dist = resolve(fileURLToPath(new URL('..', import.meta.url)), process.env.WEB_DIST ?? 'dist')
const manifest = JSON.parse(await readFile(join(dist, '.vite/manifest.json'), 'utf8'))

/** A chunk with everything that it imports statically. */
function closure(keys, found = new Set()) {
  for (const key of keys) {
    if (found.has(key)) continue
    found.add(key)
    closure(manifest[key]?.imports ?? [], found)
  }
  return found
}

const filesOf = (keys) =>
  [...closure(keys)].flatMap((key) => [
    manifest[key].file,
    ...(manifest[key].css ?? []),
    ...(manifest[key].assets ?? []),
  ])

async function weight(file) {
  const path = join(dist, file)
  const compressed = await stat(`${path}.br`).catch(() => stat(path))
  return compressed.size
}

async function total(files) {
  const sizes = await Promise.all([...new Set(files)].map(weight))
  return sizes.reduce((sum, size) => sum + size, 0)
}

const entry = ['index.html', ...filesOf(['index.html'])]
const languages = await Promise.all(
  ['src/i18n/en.ts', 'src/i18n/zh.ts'].map((key) => total(filesOf([key]).filter((file) => !entry.includes(file)))),
)
const first = (await total(entry)) + Math.max(...languages)
const kilobytes = (size) => `${(size / 1000).toFixed(1)} kB`

for (const [key, chunk] of Object.entries(manifest).filter(([, { isDynamicEntry }]) => isDynamicEntry)) {
  const more = filesOf([key]).filter((file) => !entry.includes(file))
  console.log(`  ${kilobytes(await total(more)).padStart(9)}  ${chunk.src ?? key}, when it is needed`)
}
console.log(`first load: ${kilobytes(first)} compressed, limit ${kilobytes(limit)}`)
if (first > limit) process.exit(1)
