/**
 * How the UI is built, served while developing, and tested. The development server passes `/api` on to a running
 * Magpie: set MAGPIE_URL, or start `magpie demo` on its usual port.
 */
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const magpie = process.env.MAGPIE_URL ?? 'http://127.0.0.1:6247'

// Writes must come from the server's own pages: what is passed on says that it does.
const proxy = { '/api': { target: magpie, changeOrigin: true, headers: { origin: magpie } } }

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '~': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { proxy },
  preview: { proxy },
  build: {
    target: 'es2023',
    manifest: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing.setup.ts'],
    // For a machine that does much else: what is waited for is a condition, never this long.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'threads',
    css: false,
  },
})
