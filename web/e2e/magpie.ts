/**
 * Starts the real thing for the tests: `magpie demo` on a free port, serving the UI that is compiled into it. While
 * developing, MAGPIE_UI=preview serves `web/dist` instead, in front of that demo, and MAGPIE_URL takes a Magpie that
 * already runs. Everything started here ends here.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { preview } from 'vite'
import type { TestProject } from 'vitest/node'

const web = dirname(dirname(fileURLToPath(import.meta.url)))

/** The binary: MAGPIE_BIN, else that of the release profile. */
function binary(): string {
  return process.env.MAGPIE_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(web, '../target'), 'release/magpie')
}

/**
 * A port that was free a moment ago. It lies below those that connections go out from: one of them could take it before
 * somebody listens there, or while that is started anew.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Waits until a condition holds, asking four times a second. */
export async function until(what: string, holds: () => Promise<boolean>, seconds = 120): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (Date.now() < end) {
    if (await holds().catch(() => false)) return
    await new Promise((wake) => setTimeout(wake, 250))
  }
  throw new Error(`waited ${seconds} s in vain for ${what}`)
}

export interface Running {
  /** Where the UI is. */
  url: string
  stop: () => Promise<void>
}

/** The demo, with calls on its map already. */
async function startDemo(): Promise<Running> {
  const port = await freePort()
  const child = spawn(binary(), ['demo', '--listen', `127.0.0.1:${port}`], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (part: Buffer) => {
    said = (said + part.toString()).slice(-4000)
  })
  const url = `http://127.0.0.1:${port}`
  await until(`the demo of ${binary()} to show edges: ${said}`, async () => {
    if (child.exitCode !== null) throw new Error(`the demo ended with ${child.exitCode}: ${said}`)
    const graph = (await (await fetch(`${url}/api/v1/graph`)).json()) as { edges: unknown[] }
    return graph.edges.length > 3
  })
  return { url, stop: () => ended(child) }
}

function ended(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill(signal)
    setTimeout(() => child.kill('SIGKILL'), 10_000).unref()
  })
}

export async function start(): Promise<Running> {
  const given = process.env.MAGPIE_URL
  return fronted(given ? { url: given, stop: async () => {} } : await startDemo())
}

/** One that can be killed as a crash would, and started again where it was. */
export interface Served extends Running {
  kill: () => Promise<void>
  again: () => Promise<Served>
}

/** `magpie serve` with a configuration of the test's own, in the folder where that lies. */
export async function serve(folder: string, config = 'magpie.yaml', at?: number): Promise<Served> {
  const port = at ?? (await freePort())
  const child = spawn(binary(), ['serve', '-c', config, '--listen', `127.0.0.1:${port}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (part: Buffer) => {
    said = (said + part.toString()).slice(-4000)
  })
  const url = `http://127.0.0.1:${port}`
  try {
    await until('magpie serve to be ready', async () => {
      if (child.exitCode !== null) throw new Error(`magpie serve ended with ${child.exitCode}`)
      return (await fetch(`${url}/readyz`)).ok
    })
  } catch (cause) {
    await ended(child)
    throw new Error(`magpie serve did not start: ${said}`, { cause })
  }
  return {
    ...(await fronted({ url, stop: () => ended(child) })),
    kill: () => ended(child, 'SIGKILL'),
    again: () => serve(folder, config, port),
  }
}

/** `magpie agent` with the `agent.yaml` of a folder, in that folder; it must tell its status at that port. */
export async function agent(folder: string, status: number): Promise<Running> {
  const url = `http://127.0.0.1:${status}`
  const child = spawn(binary(), ['agent'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (part: Buffer) => {
    said = (said + part.toString()).slice(-4000)
  })
  await until('magpie agent to tell its status', async () => {
    if (child.exitCode !== null) throw new Error(`magpie agent ended with ${child.exitCode}: ${said}`)
    return (await fetch(`${url}/status`)).ok
  })
  return { url, stop: () => ended(child) }
}

/** With MAGPIE_UI=preview: the UI of `web/dist` in front of a Magpie. */
async function fronted(magpie: Running): Promise<Running> {
  if (process.env.MAGPIE_UI !== 'preview') return magpie
  const server = await preview({
    root: web,
    build: { outDir: process.env.WEB_DIST ?? 'dist' },
    preview: {
      port: await freePort(),
      host: '127.0.0.1',
      // Writes must come from the server's own pages: what is passed on says that it does.
      proxy: { '/api': { target: magpie.url, changeOrigin: true, headers: { origin: magpie.url } } },
    },
  })
  return {
    url: server.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? '',
    stop: async () => {
      await server.close()
      await magpie.stop()
    },
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    url: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = await start()
  project.provide('url', running.url)
  return running.stop
}
