/**
 * Every setting, once: its schema, default and words. The file, the GANTRY_* overrides, the settings page,
 * the operations and their documentation are all read from this table.
 */
import { z } from 'zod'

export interface Setting<S extends z.ZodType = z.ZodType> {
  schema: S
  default: z.infer<S>
  group: 'Appearance' | 'Connections' | 'Agents' | 'Safety' | 'Storage'
  title: string
  help: string
}

const setting = <S extends z.ZodType>(
  group: Setting['group'],
  title: string,
  schema: S,
  fallback: z.infer<S>,
  help: string,
): Setting<S> => ({ group, title, schema, default: fallback, help })

/** An origin as browsers send it: scheme, host and port, nothing after. */
const Origin = z.string().regex(/^https?:\/\/[^/\s]+$/, 'must be an origin such as http://localhost:3000')

export const SETTINGS = {
  'window.theme': setting(
    'Appearance',
    'Theme',
    z.enum(['system', 'light', 'dark']),
    'system',
    'System follows what the desktop is set to.',
  ),
  'window.density': setting(
    'Appearance',
    'Density',
    z.enum(['comfortable', 'compact']),
    'comfortable',
    'Compact fits more rows on a screen.',
  ),
  'window.closeToTray': setting(
    'Appearance',
    'Keep running in the tray',
    z.boolean(),
    true,
    'Closing the window leaves Gantry running; quit it from the tray or the menu.',
  ),
  'http.enabled': setting(
    'Connections',
    'Listen for HTTP',
    z.boolean(),
    true,
    'REST, MCP and the dashboard over HTTP. The window, the command line and the stdio shim work without it.',
  ),
  'http.port': setting(
    'Connections',
    'HTTP port',
    z.int().min(1).max(65_535),
    9090,
    'The next free port is taken where this one is in use.',
  ),
  'http.host': setting(
    'Connections',
    'Listen on',
    z.enum(['127.0.0.1', '::1']),
    '127.0.0.1',
    'Loopback only: nothing outside this machine can connect.',
  ),
  'http.allowedOrigins': setting(
    'Connections',
    'Allowed origins',
    z.array(Origin).max(50),
    [],
    'Web pages on these origins may call the API, with a key. The dashboard itself always may.',
  ),
  'agents.perKey': setting(
    'Agents',
    'Agents of each key',
    z.int().min(0).max(1000),
    8,
    'How many agents one key may have at the same time.',
  ),
  'agents.inAll': setting(
    'Agents',
    'Agents in all',
    z.int().min(1).max(2000),
    256,
    'How many agents may live at the same time.',
  ),
  'agents.warm': setting(
    'Agents',
    'Keep boxes ready',
    z.boolean(),
    true,
    'After an agent was started, empty boxes of its kind are kept ready for a while, so that the next one starts at once. Never with somebody’s data; none when memory is short.',
  ),
  'agents.keepDays': setting(
    'Agents',
    'Keep ended agents',
    z.int().min(1).max(3650),
    30,
    'Days. Then an ended agent goes with its logs, messages and patch.',
  ),
  'agents.logMegabytes': setting(
    'Agents',
    'Log of one agent',
    z.int().min(1).max(4096),
    64,
    'Megabytes. Of more, the oldest part is let go of, and a mark stands in its place.',
  ),
  'agents.logTotalMegabytes': setting(
    'Agents',
    'Logs of all agents',
    z.int().min(16).max(1_048_576),
    4096,
    'Megabytes. Of more, the logs of the agent that ended first go.',
  ),
  'http.maxBodyBytes': setting(
    'Safety',
    'Largest request',
    z
      .int()
      .min(1024)
      .max(64 * 1024 * 1024),
    4 * 1024 * 1024,
    'Requests with more bytes than this are refused.',
  ),
  'mcp.maxSessions': setting(
    'Safety',
    'MCP sessions',
    z.int().min(1).max(10_000),
    500,
    'The session unused for the longest is closed when there are more.',
  ),
  'access.ratePerMinute': setting(
    'Safety',
    'Requests a minute for each key',
    z.int().min(0).max(1_000_000),
    600,
    '0 switches the limit off. The window and the command line of the owner are not limited.',
  ),
  'audit.keepDays': setting(
    'Storage',
    'Keep the audit trail',
    z.int().min(1).max(3650),
    90,
    'Days. Older entries are removed once a day.',
  ),
  'store.backupEveryHours': setting(
    'Storage',
    'Back up every',
    z
      .int()
      .min(0)
      .max(24 * 30),
    24,
    'Hours; 0 switches automatic backups off.',
  ),
  'store.keepBackups': setting(
    'Storage',
    'Backups to keep',
    z.int().min(1).max(365),
    7,
    'Of each kind (by hand, scheduled, before a restore); the oldest go when there are more.',
  ),
  'log.level': setting(
    'Storage',
    'Log detail',
    z.enum(['error', 'warn', 'info', 'debug']),
    'info',
    'What is written to the log file. The file rotates and never holds secrets.',
  ),
} as const satisfies Record<string, Setting>

export type SettingKey = keyof typeof SETTINGS
export type SettingValue<K extends SettingKey> = z.infer<(typeof SETTINGS)[K]['schema']>
export type SettingValues = { [K in SettingKey]: SettingValue<K> }

export const SETTING_KEYS = Object.keys(SETTINGS) as [SettingKey, ...SettingKey[]]

/** `http.allowedOrigins` is overridden by `GANTRY_HTTP_ALLOWED_ORIGINS`. */
export const envName = (key: SettingKey): string =>
  `GANTRY_${key
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`
