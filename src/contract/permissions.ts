/** Roles and what each may do. An operation names one permission; a key carries one role. */
import { z } from 'zod'

export const PERMISSIONS = [
  'agents:read',
  'agents:write',
  'agents:bridge',
  'catalog:read',
  'runtimes:write',
  'secrets:read',
  'secrets:write',
  'system:read',
  'system:write',
  'settings:read',
  'settings:write',
  'access:read',
  'access:write',
  'audit:read',
  'events:read',
] as const
export type Permission = (typeof PERMISSIONS)[number]

export const Role = z.enum(['admin', 'operator', 'viewer', 'client']).meta({
  id: 'Role',
  description:
    'admin may do everything; operator runs things but manages no keys; viewer only looks; client is an outside program.',
})
export type Role = z.infer<typeof Role>

const ROLE_PERMISSIONS: Record<Role, ReadonlySet<Permission>> = {
  admin: new Set(PERMISSIONS),
  operator: new Set([
    'agents:read',
    'agents:write',
    'catalog:read',
    'runtimes:write',
    'secrets:read',
    'system:read',
    'system:write',
    'settings:read',
    'settings:write',
    'audit:read',
    'events:read',
  ]),
  viewer: new Set(['agents:read', 'catalog:read', 'system:read', 'settings:read', 'audit:read', 'events:read']),
  client: new Set(['agents:read', 'agents:write', 'catalog:read', 'system:read', 'events:read']),
}

export const roleMay = (role: Role, permission: Permission): boolean => ROLE_PERMISSIONS[role].has(permission)

/** The roles that may use a permission, least powerful first: what an error can suggest. */
export const rolesWith = (permission: Permission): Role[] =>
  Role.options.filter((role) => roleMay(role, permission)).toReversed()
