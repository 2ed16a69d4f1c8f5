/** Keys of others, kept for the models and servers that need them. Values go in and are never shown again. */
import { z } from 'zod'
import { operation } from './operation.ts'

export const SecretName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, 'must be a name of letters, digits, dot, dash and underscore')
  .meta({ examples: ['openai'] })

export const SecretInfo = z
  .object({
    name: SecretName,
    kept: z
      .enum(['keychain', 'file', 'environment'])
      .describe('Sealed by the OS keychain, an owner-only file, or a variable of Gantry’s own environment'),
    usable: z.boolean().describe('Whether it can be opened by this Gantry'),
    updatedAt: z.iso.datetime().nullable(),
  })
  .meta({
    id: 'Secret',
    examples: [{ name: 'openai', kept: 'file', usable: true, updatedAt: '2026-11-21T14:05:00.000Z' }],
  })
export type SecretInfo = z.infer<typeof SecretInfo>

export const secrets = {
  list: operation(
    'List secrets',
    { method: 'GET', path: '/secrets', description: 'The names of the secrets there are. Values are never shown.' },
    { permission: 'secrets:read', effect: 'read', cli: { columns: ['name', 'kept', 'usable', 'updatedAt'] } },
  )
    .input(z.object({}))
    .output(z.object({ items: z.array(SecretInfo) })),

  set: operation(
    'Keep a secret',
    {
      method: 'PUT',
      path: '/secrets/{name}',
      description:
        'Keeps a value under a name, in place of what was there. It is used where it is needed and never shown.',
    },
    { permission: 'secrets:write', effect: 'write', mcp: false, cli: { positional: ['name'] }, secret: ['value'] },
  )
    .input(z.object({ name: SecretName, value: z.string().min(1).max(16_384).describe('Never shown again') }))
    .output(SecretInfo),

  remove: operation(
    'Forget a secret',
    { method: 'DELETE', path: '/secrets/{name}', description: 'What used it cannot go on until it is set again.' },
    { permission: 'secrets:write', effect: 'destructive', cli: { positional: ['name'] } },
  )
    .input(z.object({ name: SecretName }))
    .output(z.object({ removed: SecretName })),
}
