import type { ReactNode } from 'react'
import { Failed, Loading } from './states.tsx'

interface QueryState<T> {
  data: T | undefined
  error: unknown
  refetch: () => unknown
}

export interface QueryViewProps<T> {
  query: QueryState<T>
  rows?: number
  label?: string
  /** Rendered in place of the data when there is nothing in it. */
  empty?: { when: (data: T) => boolean; show: ReactNode }
  children: (data: T) => ReactNode
}

/** Loading, error, empty and loaded of one query: a page cannot forget one of them. Old data stays under a new error. */
export const QueryView = <T,>({ query, rows, label, empty, children }: QueryViewProps<T>) => {
  const failed = query.error !== null && query.error !== undefined && (
    <Failed error={query.error} onRetry={() => void query.refetch()} />
  )
  if (query.data === undefined) {
    return failed || <Loading {...(rows === undefined ? {} : { rows })} {...(label === undefined ? {} : { label })} />
  }
  return (
    <>
      {failed}
      {empty?.when(query.data) === true ? empty.show : children(query.data)}
    </>
  )
}
