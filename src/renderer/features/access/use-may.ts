import { useQuery } from '@tanstack/react-query'
import type { Permission } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'
import { surface } from '../../surface.ts'

/**
 * Whether this caller may do something; undefined while that is not known yet. Asking without the right would stand in
 * the audit trail as refused, so pages look here first. The window belongs to the owner, who may do everything.
 */
export const useMay = (permission: Permission): boolean | undefined => {
  const isWindow = surface === 'window'
  const who = useQuery({ ...rpc.access.whoami.queryOptions({ input: {} }), enabled: !isWindow })
  const table = useQuery({
    queryKey: ['role-table'],
    queryFn: () => import('../../../contract/permissions.ts'),
    enabled: !isWindow,
  })
  if (isWindow) return true
  // Who it is could not be found out: the page asks for its data, and shows why that fails.
  if (who.isError || table.isError) return true
  if (who.data === undefined || table.data === undefined) return undefined
  return table.data.roleMay(who.data.role, permission)
}
