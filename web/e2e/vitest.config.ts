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
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A browser on a shared machine: what fails once is tried again, and the output names it.
    retry: 1,
    pool: 'threads',
  },
}))
