/** The trail of what was changed or refused: who, what, through which surface, with what outcome. */
import { z } from 'zod'
import { operation } from './operation.ts'

export const Surface = z.enum(['window', 'dashboard', 'rest', 'mcp', 'cli', 'system'])
export type Surface = z.infer<typeof Surface>

export const AuditEntry = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    actor: z.string().describe('Name of the key, or owner'),
    actorId: z.string(),
    surface: Surface,
    operation: z.string(),
    target: z.string().nullable().describe('The input, shortened, without secrets'),
    outcome: z.enum(['started', 'ok', 'failed', 'refused']),
    code: z.string().nullable().describe('The error code, where it did not go well'),
    durationMs: z.number().nullable(),
  })
  .meta({
    id: 'AuditEntry',
    examples: [
      {
        id: 17,
        at: '2026-11-21T14:05:00.000Z',
        actor: 'owner',
        actorId: 'owner',
        surface: 'window',
        operation: 'settings.set',
        target: '{"key":"http.port","value":9191}',
        outcome: 'ok',
        code: null,
        durationMs: 1.4,
      },
    ],
  })
export type AuditEntry = z.infer<typeof AuditEntry>

export const audit = {
  list: operation(
    'Read the audit trail',
    {
      method: 'GET',
      path: '/audit',
      description: 'Newest first, a page at a time: give the `next` of one page as `before` of the next.',
    },
    {
      permission: 'audit:read',
      effect: 'read',
      cli: { columns: ['at', 'actor', 'surface', 'operation', 'target', 'outcome', 'code'] },
    },
  )
    .input(
      z.object({
        limit: z.int().min(1).max(500).default(100),
        before: z.int().min(1).optional().describe('Only entries with a smaller id'),
        operation: z
          .string()
          .max(100)
          .optional()
          .describe('Only this operation, or its group: `access` or `access.keys.create`'),
        outcome: z.enum(['started', 'ok', 'failed', 'refused']).optional(),
        actor: z.string().max(100).optional().describe('Only this name or id'),
      }),
    )
    .output(z.object({ items: z.array(AuditEntry), next: z.int().nullable() })),
}
