/** Who may call: keys for programs, one-time links for browsers. */
import { z } from 'zod'
import { operation } from './operation.ts'
import { Role } from './permissions.ts'

export const ApiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    role: Role,
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
    expiresAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable().describe('To the minute'),
    revokedAt: z.iso.datetime().nullable(),
  })
  .meta({
    id: 'ApiKey',
    examples: [
      {
        id: 'k7f3k2m9q1ab',
        name: 'laptop cron',
        role: 'viewer',
        createdAt: '2026-11-21T14:05:00.000Z',
        createdBy: 'owner',
        expiresAt: null,
        lastUsedAt: null,
        revokedAt: null,
      },
    ],
  })
export type ApiKey = z.infer<typeof ApiKey>

export const Actor = z
  .object({
    kind: z
      .enum(['owner', 'key', 'session', 'agent'])
      .describe(
        'owner: this machine’s user; key: an API key; session: a signed-in browser; agent: a run that uses Gantry’s tools',
      ),
    id: z.string(),
    name: z.string(),
    role: Role,
  })
  .meta({ id: 'Actor', examples: [{ kind: 'key', id: 'k7f3k2m9q1ab', name: 'laptop cron', role: 'viewer' }] })
export type Actor = z.infer<typeof Actor>

const KeyId = z
  .string()
  .min(1)
  .max(64)
  .meta({ examples: ['k7f3k2m9q1ab'] })

export const access = {
  keys: {
    create: operation(
      'Create an API key',
      {
        method: 'POST',
        path: '/access/keys',
        description: 'The secret is shown once, in the answer, and kept only as a hash.',
        successStatus: 201,
      },
      { permission: 'access:write', effect: 'write', cli: { positional: ['name'] }, secret: ['secret'] },
    )
      .input(
        z.object({
          name: z
            .string()
            .trim()
            .min(1)
            .max(80)
            .meta({ examples: ['laptop cron'] }),
          role: Role.default('client'),
          expiresInDays: z.int().min(1).max(3650).optional().describe('Without it the key does not expire'),
        }),
      )
      .output(
        z.object({
          key: ApiKey,
          secret: z
            .string()
            .describe('Give this as `Authorization: Bearer …` or `X-API-Key`')
            .meta({ examples: ['gky_k7f3k2m9q1ab_…'] }),
        }),
      ),

    list: operation(
      'List API keys',
      { method: 'GET', path: '/access/keys', description: 'All keys, newest first. Secrets are never shown again.' },
      {
        permission: 'access:read',
        effect: 'read',
        cli: { columns: ['id', 'name', 'role', 'createdAt', 'lastUsedAt', 'expiresAt', 'revokedAt'] },
      },
    )
      .input(z.object({ revoked: z.boolean().default(false).describe('Include revoked keys') }))
      .output(z.object({ items: z.array(ApiKey) })),

    revoke: operation(
      'Revoke an API key',
      {
        method: 'DELETE',
        path: '/access/keys/{id}',
        description: 'The key stops working at once, for good. Streams and MCP sessions opened with it end.',
      },
      { permission: 'access:write', effect: 'destructive', cli: { positional: ['id'] } },
    )
      .input(z.object({ id: KeyId }))
      .output(ApiKey),
  },

  loginLink: operation(
    'Make a dashboard link',
    {
      method: 'POST',
      path: '/access/login-links',
      description: 'A link that opens the dashboard in a browser, signed in. It works once, within ten minutes.',
      successStatus: 201,
    },
    { permission: 'access:write', effect: 'write', mcp: false, secret: ['url'] },
  )
    .input(z.object({}))
    .output(
      z.object({
        url: z.string().meta({ examples: ['http://127.0.0.1:9090/dashboard/#/login?code=glc_…'] }),
        expiresAt: z.iso.datetime(),
      }),
    ),

  login: operation(
    'Sign in with a code',
    {
      method: 'POST',
      path: '/access/login',
      description:
        'Exchanges the code of a dashboard link for a session token, used like a key. It ends with Gantry or after twelve hours.',
    },
    { permission: 'public', effect: 'write', mcp: false, secret: ['code', 'token'] },
  )
    .input(
      z.object({
        code: z
          .string()
          .min(1)
          .max(200)
          .meta({ examples: ['glc_…'] }),
      }),
    )
    .output(z.object({ token: z.string().meta({ examples: ['gss_…'] }), expiresAt: z.iso.datetime() })),

  logout: operation(
    'Sign out',
    {
      method: 'POST',
      path: '/access/logout',
      description: 'Ends the session of the browser that calls. Its token stops working at once.',
    },
    { permission: 'system:read', effect: 'write', mcp: false },
  )
    .input(z.object({}))
    .output(z.object({ ended: z.literal(true) })),

  whoami: operation(
    'Who am I?',
    { method: 'GET', path: '/access/whoami', description: 'The name and role behind this call.' },
    { permission: 'system:read', effect: 'read' },
  )
    .input(z.object({}))
    .output(Actor),
}
