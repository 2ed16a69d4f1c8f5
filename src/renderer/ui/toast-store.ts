/** Own toasts: the usual library puts a style tag into the page, which the content policy forbids. */
import { createStore } from './store.ts'

export interface Toast {
  id: number
  tone: 'ok' | 'bad' | 'busy'
  title: string
  detail?: string | undefined
  action?: { label: string; run: () => void } | undefined
}

const PLAIN_MS = 6000
const WITH_ACTION_MS = 20_000
const MOST = 4

let lastId = 0
export const toasts = createStore<readonly Toast[]>([])

export const dismissToast = (id: number) => toasts.set(toasts.get().filter((toast) => toast.id !== id))

export const toast = (content: Omit<Toast, 'id'>) => {
  lastId += 1
  const id = lastId
  toasts.set([...toasts.get(), { ...content, id }].slice(-MOST))
  setTimeout(() => dismissToast(id), content.action === undefined ? PLAIN_MS : WITH_ACTION_MS)
}
