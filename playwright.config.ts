import { defineConfig } from '@playwright/test'

/** One real window at a time: two would fight for the focus and the clipboard. A test that needs a second try is wrong. */
export default defineConfig({
  testDir: 'e2e',
  // Some things are only there on one platform; their files carry its name.
  testIgnore: process.platform === 'linux' ? [] : '**/*.linux.spec.ts',
  outputDir: 'test-results',
  timeout: 40_000,
  expect: { timeout: 10_000 },
  use: { actionTimeout: 10_000 },
  workers: 1,
  retries: 0,
  forbidOnly: true,
  reporter: 'list',
})
