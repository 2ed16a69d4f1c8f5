import { useInfiniteQuery } from '@tanstack/react-query'
import type { AuditEntry } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'

export interface AuditFilter {
  operation: string
  outcome: AuditEntry['outcome'] | ''
  actor: string
}

export const NO_FILTER: AuditFilter = { operation: '', outcome: '', actor: '' }
export const isFiltered = (filter: AuditFilter) => Object.values(filter).some((value) => value !== '')

const PAGE = 100

/** An empty field does not filter; the server would look for an empty name. */
const toInput = (filter: AuditFilter, before: number | null) => ({
  limit: PAGE,
  ...(before === null ? {} : { before }),
  ...(filter.operation.trim() === '' ? {} : { operation: filter.operation.trim() }),
  ...(filter.outcome === '' ? {} : { outcome: filter.outcome }),
  ...(filter.actor.trim() === '' ? {} : { actor: filter.actor.trim() }),
})

export const useAudit = (filter: AuditFilter) =>
  useInfiniteQuery(
    rpc.audit.list.infiniteOptions({
      input: (before: number | null) => toInput(filter, before),
      initialPageParam: null,
      getNextPageParam: (last) => last.next,
      placeholderData: (former) => former,
    }),
  )
