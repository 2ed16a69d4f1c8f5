import type { Os } from '../operations/index.ts'
import type { Settings } from './index.ts'

export const createSettingsRouter = (os: Os, settings: Settings) =>
  os.settings.router({
    get: os.settings.get.handler(() => settings.view()),
    set: os.settings.set.handler(({ input }) => settings.set(input.key, input.value)),
  })
