import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{src,scripts}/**/*.test.{ts,tsx,mjs}'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/contract/**/*.ts', 'src/core/**/*.ts'],
      exclude: ['**/*.test.ts', 'src/core/testing/**'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 90 },
    },
  },
})
