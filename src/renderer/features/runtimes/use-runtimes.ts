import { useQuery } from '@tanstack/react-query'
import { rpc } from '../../rpc.ts'

export const useRuntimes = () => useQuery(rpc.runtimes.list.queryOptions({ input: {} }))
