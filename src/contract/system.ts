/** The state of Gantry itself: is it well, what is it, how does it do, and its backups. */
import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { operation, textForm } from './operation.ts'
import { Metrics, renderPrometheus } from './metrics.ts'

const HealthCheck = z.object({
  name: z.string(),
  status: z.enum(['ok', 'degraded', 'failed']),
  detail: z.string().describe('The evidence, in words'),
})

export const Health = z
  .object({
    status: z.enum(['ok', 'degraded', 'failed']),
    version: z.string(),
    uptimeSeconds: z.number(),
    checks: z.array(HealthCheck),
  })
  .meta({
    id: 'Health',
    examples: [
      {
        status: 'ok',
        version: '0.1.0',
        uptimeSeconds: 8124,
        checks: [{ name: 'store', status: 'ok', detail: 'open, schema 1, 120 kB' }],
      },
    ],
  })
export type Health = z.infer<typeof Health>

export const HostMode = z.enum(['window', 'headless', 'attached']).meta({
  description:
    'window: the desktop app; headless: `gantry serve`; attached: started by the stdio shim for its clients.',
})
export type HostMode = z.infer<typeof HostMode>

export const Info = z
  .object({
    name: z.literal('Gantry'),
    version: z.string(),
    mode: HostMode,
    pid: z.int(),
    startedAt: z.iso.datetime(),
    home: z.string().describe('The data folder'),
    url: z.string().nullable().describe('Where HTTP listens'),
    socket: z.string().describe('The owner-only socket (named pipe on Windows)'),
    shim: z
      .object({ command: z.string(), args: z.array(z.string()) })
      .describe('What MCP clients on this machine are to start'),
    platform: z.string(),
    runtimes: z.record(z.string(), z.string()).describe('Versions of what Gantry stands on'),
    schema: z.int().describe('Version of the database schema'),
  })
  .meta({
    id: 'Info',
    examples: [
      {
        name: 'Gantry',
        version: '0.1.0',
        mode: 'window',
        pid: 4211,
        startedAt: '2026-11-21T14:05:00.000Z',
        home: '/home/ada/.local/share/gantry',
        url: 'http://127.0.0.1:9090',
        socket: '/home/ada/.local/share/gantry/run/gantry.sock',
        shim: { command: '/opt/gantry/resources/bin/gantry', args: ['mcp'] },
        platform: 'linux x64',
        runtimes: { node: '24.21.0', electron: '45.4.1', sqlite: '3.54.1' },
        schema: 1,
      },
    ],
  })
export type Info = z.infer<typeof Info>

export const Vitals = z
  .object({
    at: z.iso.datetime(),
    eventLoopP99Ms: z.number().describe('How late timers fired, 99th percentile since the last sample'),
    cpuPercent: z.number().describe('Of one core, this process'),
    memoryBytes: z.int().describe('Resident memory of this process'),
    heapBytes: z.int(),
    storeBytes: z.int().describe('Size of the database with its journal'),
    operationsPerSecond: z.number(),
  })
  .meta({
    id: 'Vitals',
    examples: [
      {
        at: '2026-11-21T14:05:00.000Z',
        eventLoopP99Ms: 1.2,
        cpuPercent: 0.4,
        memoryBytes: 96_000_000,
        heapBytes: 18_000_000,
        storeBytes: 122_880,
        operationsPerSecond: 3.5,
      },
    ],
  })
export type Vitals = z.infer<typeof Vitals>

export const Backup = z
  .object({
    name: z.string().describe('The name that restore takes'),
    at: z.iso.datetime(),
    bytes: z.int(),
    reason: z.enum(['manual', 'scheduled', 'before-restore', 'before-migration']),
  })
  .meta({
    id: 'Backup',
    examples: [
      { name: '20261121T140500000Z-manual.db', at: '2026-11-21T14:05:00.000Z', bytes: 122_880, reason: 'manual' },
    ],
  })
export type Backup = z.infer<typeof Backup>

const BackupName = z
  .string()
  .regex(/^[0-9A-Za-z-]+\.db$/, 'must be the name of a backup, as `system.backups` lists it')
  .meta({ examples: ['20261121T140500000Z-manual.db'] })

export const system = {
  health: operation(
    'Is Gantry well?',
    {
      method: 'GET',
      path: '/health',
      description: 'Says whether Gantry and what it stands on are well. Needs no key.',
    },
    { permission: 'public', effect: 'read', cli: { columns: ['name', 'status', 'detail'] } },
  )
    .input(z.object({}))
    .output(Health),

  info: operation(
    'What is running here?',
    { method: 'GET', path: '/info', description: 'Version, mode, data folder, addresses and runtimes of this Gantry.' },
    { permission: 'system:read', effect: 'read' },
  )
    .input(z.object({}))
    .output(Info),

  metrics: operation(
    'Measure Gantry',
    {
      method: 'GET',
      path: '/metrics',
      description: 'All counters and gauges; over HTTP in the Prometheus text format.',
    },
    {
      permission: 'system:read',
      effect: 'read',
      text: textForm(Metrics, 'text/plain; version=0.0.4; charset=utf-8', renderPrometheus),
    },
  )
    .input(z.object({}))
    .output(Metrics),

  vitals: operation(
    'Watch how Gantry does',
    {
      method: 'GET',
      path: '/system/vitals',
      description:
        'Streams a sample of memory, delay and load every four seconds, after the samples of the last ten minutes.',
    },
    { permission: 'system:read', effect: 'read' },
  )
    .input(z.object({ history: z.boolean().default(true).describe('Send the last ten minutes first') }))
    .output(eventIterator(Vitals)),

  backups: operation(
    'List backups',
    { method: 'GET', path: '/system/backups', description: 'The backups that exist, newest first.' },
    { permission: 'system:read', effect: 'read', cli: { columns: ['name', 'at', 'bytes', 'reason'] } },
  )
    .input(z.object({}))
    .output(z.object({ items: z.array(Backup) })),

  backup: operation(
    'Back up the database',
    {
      method: 'POST',
      path: '/system/backups',
      description: 'Writes a complete copy of the database beside it and rotates out the oldest copies.',
      successStatus: 201,
    },
    { permission: 'system:write', effect: 'write' },
  )
    .input(z.object({}))
    .output(Backup),

  restore: operation(
    'Restore a backup',
    {
      method: 'POST',
      path: '/system/backups/{name}/restore',
      description:
        'Replaces the database by a backup. The present state is backed up first, so that this can be undone by restoring that one.',
    },
    { permission: 'access:write', effect: 'destructive', cli: { positional: ['name'] } },
  )
    .input(z.object({ name: BackupName }))
    .output(z.object({ restored: Backup, undo: Backup.describe('The state before, to go back to') })),

  stop: operation(
    'Stop Gantry',
    {
      method: 'POST',
      path: '/system/stop',
      description: 'Ends this Gantry and everything it started. The answer comes before the end.',
    },
    { permission: 'access:write', effect: 'destructive', cli: { onlyRunning: true }, unrecorded: true },
  )
    .input(z.object({}))
    .output(z.object({ stopping: z.literal(true), pid: z.int() })),
}
