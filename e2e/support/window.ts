/** What a person does in the window, in their words. */
import { type Locator, type Page, expect } from '@playwright/test'
import type { Gantry } from './stage.ts'

export const SECTIONS = [
  'Overview',
  'Agents',
  'Catalogue',
  'Secrets',
  'Audit',
  'Keys',
  'Settings',
  'API reference',
] as const
export type SectionName = (typeof SECTIONS)[number]

export const open = async (page: Page, section: SectionName): Promise<void> => {
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: section }).click()
  await expect(page.getByRole('heading', { level: 1, name: section })).toBeVisible()
}

/** From the list of agents to the page of one. */
export const openAgent = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('table', { name: 'Agents' }).getByRole('link', { name, exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name: `Agents / ${name}` })).toBeVisible()
}

export const card = (page: Page, title: string): Locator => page.getByRole('region', { name: title, exact: true })

export const chooseOption = async (page: Page, setting: string, option: string): Promise<void> =>
  page.getByRole('radiogroup', { name: setting }).getByText(option, { exact: true }).click()

/** Creates a key as one does by hand, and answers the secret that is shown once. */
export const createKey = async (page: Page, name: string, role = 'client'): Promise<string> => {
  await open(page, 'Keys')
  await page.getByRole('button', { name: 'Create key' }).first().click()
  const form = page.getByRole('dialog', { name: 'Create an API key' })
  await form.getByLabel('Name').fill(name)
  await form.getByLabel('Role').selectOption(role)
  await form.getByRole('button', { name: 'Create key' }).click()
  const shown = page.getByRole('dialog', { name: `Key for ${name}` })
  const secret = await shown.getByRole('region', { name: 'Secret of the key' }).innerText()
  await shown.getByRole('button', { name: 'I have copied it' }).click()
  await expect(shown).toBeHidden()
  return secret.trim()
}

export const keyRow = (page: Page, name: string): Locator =>
  page.getByRole('table', { name: 'API keys' }).getByRole('row').filter({ hasText: name })

export const runFromPalette = async (page: Page, words: string, option: string | RegExp): Promise<void> => {
  await page.keyboard.press('Control+k')
  const palette = page.getByRole('dialog', { name: 'Find or run anything' })
  await palette.getByRole('combobox').fill(words)
  await expect(palette.getByRole('option').first()).toContainText(option)
  await page.keyboard.press('Enter')
}

export const isShown = (gantry: Gantry): Promise<boolean | undefined> =>
  gantry.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())

export const closeWindow = (gantry: Gantry): Promise<void> =>
  gantry.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())

/** Until nothing moves or fades any more: a picture, or a look at colours, in between would be of neither state. */
export const settle = (page: Page): Promise<unknown> =>
  page.evaluate(async () => {
    await document.fonts.ready
    const moving = () =>
      document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY)
    await Promise.allSettled(moving().map(({ finished }) => finished))
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  })
