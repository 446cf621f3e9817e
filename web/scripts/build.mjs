/**
 * Builds the UI into `dist/` and compresses each text file beside itself (`.br`, `.gz`), so that the server sends it as
 * it lies. Ends with the size of the first load, against its limit. WEB_DIST builds into another folder.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build } from 'vite'

const web = fileURLToPath(new URL('..', import.meta.url))
const dist = resolve(web, process.env.WEB_DIST ?? 'dist')

await build({ root: web, logLevel: 'warn', build: { outDir: dist, emptyOutDir: true } })

const texts = /\.(html|js|css|svg|json|txt)$/
const files = (await readdir(dist, { recursive: true })).filter((name) => texts.test(name))
await Promise.all(
  files.map(async (name) => {
    const path = join(dist, name)
    const content = await readFile(path)
    const brotli = await promisify(brotliCompress)(content, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
    })
    await writeFile(`${path}.br`, brotli)
    await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }))
  }),
)

await import('./size.mjs')
