/** Reading and changing settings; what settings there are stands in settings-table.ts. */
import { z } from 'zod'
import { operation } from './operation.ts'
import { SETTING_KEYS } from './settings-table.ts'

export const SettingState = z.object({
  key: z.enum(SETTING_KEYS),
  value: z.unknown(),
  default: z.unknown(),
  source: z.enum(['default', 'file', 'environment']).describe('Where the value comes from'),
  env: z.string().describe('The environment variable that overrides it'),
  group: z.string(),
  title: z.string(),
  help: z.string(),
  schema: z.record(z.string(), z.unknown()).describe('JSON schema of the value'),
})
export type SettingState = z.infer<typeof SettingState>

export const SettingsView = z
  .object({
    file: z.string().describe('Where the settings are kept'),
    problem: z.string().nullable().describe('What is to be said of the file, if anything'),
    usable: z.boolean().describe('Whether the file applies; where it has a mistake, the last good values do'),
    items: z.array(SettingState),
  })
  .meta({
    id: 'Settings',
    examples: [
      {
        file: '/home/ada/.local/share/gantry/settings.json',
        problem: null,
        usable: true,
        items: [
          {
            key: 'http.port',
            value: 9090,
            default: 9090,
            source: 'default',
            env: 'GANTRY_HTTP_PORT',
            group: 'Connections',
            title: 'HTTP port',
            help: 'The next free port is taken where this one is in use.',
            schema: { type: 'integer', minimum: 1, maximum: 65535 },
          },
        ],
      },
    ],
  })
export type SettingsView = z.infer<typeof SettingsView>

export const settings = {
  get: operation(
    'Show the settings',
    {
      method: 'GET',
      path: '/settings',
      description: 'Every setting with its value, where the value comes from, and its schema.',
    },
    { permission: 'settings:read', effect: 'read', cli: { columns: ['key', 'value', 'source', 'env'] } },
  )
    .input(z.object({}))
    .output(SettingsView),

  set: operation(
    'Change a setting',
    {
      method: 'PUT',
      path: '/settings/{key}',
      description: 'Takes effect at once and is kept in the settings file. A null value goes back to the default.',
    },
    {
      permission: 'settings:write',
      effect: 'write',
      cli: { positional: ['key', 'value'], columns: ['key', 'value', 'source'] },
    },
  )
    .input(
      z.object({
        key: z.enum(SETTING_KEYS).meta({ examples: ['http.port'] }),
        value: z
          .union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()])
          .describe('The new value, or null for the default')
          .meta({ examples: [9191] }),
      }),
    )
    .output(SettingsView),
}
