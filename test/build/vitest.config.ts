import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('../..', import.meta.url))
const define = { PARITY_VERSION: '"0.0.0-test"' }

export default defineConfig({
  root,
  define: { ...define },
  test: {
    root,
    projects: [
      { define: { ...define }, test: { name: 'unit', root, include: ['test/unit/**/*.test.ts'] } },
      {
        define: { ...define },
        test: { name: 'cli', root, include: ['test/cli/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
      },
      {
        define: { ...define },
        test: {
          name: 'e2e',
          root,
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
