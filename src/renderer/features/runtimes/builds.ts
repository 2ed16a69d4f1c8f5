/** Images that are being made. They go on when the page is left, and are ended by who began them. */
import type { QueryClient } from '@tanstack/react-query'
import type { ImageProgress } from '../../../contract/index.ts'
import { toFailure } from '../../errors.ts'
import { client, rpc } from '../../rpc.ts'
import { createStore } from '../../ui/store.ts'
import { toast } from '../../ui/toast-store.ts'

export interface Build {
  step: string
  percent: number | null
  cancel: () => void
}

export const builds = createStore<ReadonlyMap<string, Build>>(new Map())

const put = (image: string, build: Build | null) => {
  const next = new Map(builds.get())
  if (build === null) next.delete(image)
  else next.set(image, build)
  builds.set(next)
}

const follow = async (image: string, life: AbortController): Promise<void> => {
  const cancel = () => life.abort()
  let last: ImageProgress | undefined
  for await (const progress of await client.runtimes.build({ image }, { signal: life.signal })) {
    last = progress
    put(image, { step: progress.step, percent: progress.percent, cancel })
  }
  if (last?.done === true) toast({ tone: 'ok', title: `${image} is built` })
}

export const startBuild = async (image: string, queries: QueryClient): Promise<void> => {
  if (builds.get().has(image)) return
  const life = new AbortController()
  put(image, { step: 'Starting', percent: null, cancel: () => life.abort() })
  try {
    await follow(image, life)
  } catch (error) {
    const { message, hint } = toFailure(error)
    if (life.signal.aborted) toast({ tone: 'busy', title: `The build of ${image} was cancelled` })
    else toast({ tone: 'bad', title: message, detail: hint })
  } finally {
    put(image, null)
    for (const queryKey of [rpc.runtimes.images.key(), rpc.runtimes.list.key(), rpc.catalog.get.key()])
      void queries.invalidateQueries({ queryKey })
  }
}
