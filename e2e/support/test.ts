/** `test` with a stage: data folders, the app, the command line, all closed at the end. */
import { type Page, test as base } from '@playwright/test'
import { type Gantry, type Stage, createStage } from './stage.ts'

interface Fixtures {
  stage: Stage
  /** The app, just started on an empty data folder. */
  gantry: Gantry
  page: Page
}

export const test = base.extend<Fixtures>({
  // oxlint-disable-next-line eslint/no-empty-pattern -- Playwright reads from it that nothing is needed
  stage: async ({}, use, info) => {
    const stage = createStage()
    try {
      await use(stage)
    } finally {
      await stage.end(info)
    }
  },
  gantry: async ({ stage }, use) => use(await stage.launch()),
  page: async ({ gantry }, use) => use(gantry.page),
})

export { expect } from '@playwright/test'
