/**
 * Makes `src/api/schema.d.ts` from the OpenAPI document that the server commits. With `--check` it writes nothing and
 * fails when the file would change, so that CI notices a client that does not fit its server.
 */
import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'

const source = new URL('../../crates/api/openapi.json', import.meta.url)
const target = new URL('../src/api/schema.d.ts', import.meta.url)

const document = JSON.parse(await readFile(source, 'utf8'))
const wanted = `/** Generated from crates/api/openapi.json by \`npm run api\`. */\n${astToString(await openapiTS(document))}`

if (process.argv.includes('--check')) {
  const present = await readFile(target, 'utf8').catch(() => '')
  if (present !== wanted) {
    console.error('src/api/schema.d.ts does not fit crates/api/openapi.json: run `npm run api` in web/ and commit it')
    process.exit(1)
  }
} else {
  await writeFile(target, wanted)
}
