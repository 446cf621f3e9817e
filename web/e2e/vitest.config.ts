/**
 * End-to-end tests: one real Magpie on its demo system, one browser, tests one after the other. In the mode
 * `screenshots` it takes pictures instead.
 */
import { defineConfig } from 'vitest/config'

export default defineConfig(({ mode }) => ({
  test: {
    include: [mode === 'screenshots' ? 'e2e/screenshots.ts' : 'e2e/**/*.test.ts'],
    globalSetup: ['e2e/magpie.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'threads',
  },
}))
