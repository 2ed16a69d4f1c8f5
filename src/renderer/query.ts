import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { toFailure } from './errors.ts'
import { endSession, session } from './session.ts'
import { surface } from './surface.ts'

export const signOutWhenRefused = (error: unknown) => {
  if (surface === 'dashboard' && session.get().token !== null && toFailure(error).code === 'E_AUTH') {
    endSession('Your session has ended. Sign in again.')
  }
}

/** Data never goes stale by age: events say when it does. The core is on this machine, so being offline means nothing. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: signOutWhenRefused }),
  mutationCache: new MutationCache({ onError: signOutWhenRefused }),
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      networkMode: 'always',
      retry: false,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
    },
    mutations: { networkMode: 'always', retry: false },
  },
})

// Another caller may see less: nothing that the former one read stays.
session.subscribe(() => queryClient.clear())
