import { Outlet, useRouterState } from '@tanstack/react-router'
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, Suspense, lazy, useEffect } from 'react'
import { connection } from '../../connection.ts'
import { keepLive } from '../../live.ts'
import { signOutWhenRefused } from '../../query.ts'
import { client } from '../../rpc.ts'
import { session } from '../../session.ts'
import { surface } from '../../surface.ts'
import { Status } from '../../ui/status.tsx'
import { useStore } from '../../ui/store.ts'
import { Toasts } from '../../ui/toasts.tsx'
import { useHealth, useHealthKeptFresh, useInfo } from '../health/use-health.ts'
import { overlay } from './overlay.ts'
import { Sidebar } from './sidebar.tsx'
import { useLook } from './theme.ts'
import { TopBar } from './top-bar.tsx'
import { useShortcuts } from './use-shortcuts.ts'

const loadPalette = () => import('../operations/palette.tsx')
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }))
const RunDialog = lazy(async () => ({ default: (await import('../operations/run-dialog.tsx')).RunDialog }))
const KeyboardHelp = lazy(async () => ({ default: (await import('./keyboard-help.tsx')).KeyboardHelp }))
const LoginScreen = lazy(async () => ({ default: (await import('../access/login-screen.tsx')).LoginScreen }))

/** What benchmarks and tests wait for: the shell stands and shows what the core answered. */
const useInteractiveMark = () => {
  const health = useHealth()
  const info = useInfo()
  const ready = health.data !== undefined && info.data !== undefined
  useEffect(() => {
    if (!ready || document.documentElement.dataset['ready'] === 'true') return
    document.documentElement.dataset['ready'] = 'true'
    performance.mark('gantry:interactive')
    requestIdleCallback(() => void loadPalette())
  }, [ready])
}

const useLive = () => {
  const queries = useQueryClient()
  useEffect(() => {
    const life = new AbortController()
    void keepLive({ client, queries, onRefused: signOutWhenRefused }, life.signal)
    return () => life.abort()
  }, [queries])
}

const Overlays = () => {
  const open = useStore(overlay)
  return (
    <Suspense>
      {open.kind === 'palette' && <Palette />}
      {open.kind === 'run' && <RunDialog name={open.operation} />}
      {open.kind === 'help' && <KeyboardHelp />}
    </Suspense>
  )
}

const LostBanner = () => {
  const state = useStore(connection)
  return (
    <div role="status">
      {state === 'lost' && (
        <div className="flex flex-wrap items-center gap-3 border-b border-line bg-wait-bg px-4 py-2">
          <Status state="wait">Gantry is not answering</Status>
          <span className="text-ink-2">What you see may be old. It is tried again by itself.</span>
        </div>
      )}
    </div>
  )
}

const Inside = () => {
  useLive()
  useLook()
  useHealthKeptFresh()
  useInteractiveMark()
  return (
    <div className="grid h-full grid-cols-[212px_minmax(0,1fr)] max-sm:grid-cols-1 max-sm:grid-rows-[auto_minmax(0,1fr)]">
      <Sidebar />
      <div className="flex min-h-0 min-w-0 flex-col">
        <TopBar />
        <LostBanner />
        <main id="main" className="relative min-h-0 flex-1 overflow-y-auto p-4">
          <Suspense>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <Overlays />
      <Toasts />
    </div>
  )
}

const Outside = ({ children }: { children: ReactNode }) => (
  <div className="h-full overflow-y-auto">
    <Suspense>{children}</Suspense>
    <Toasts />
  </div>
)

export const Shell = () => {
  useShortcuts()
  const path = useRouterState({ select: (state) => state.location.pathname })
  const { token } = useStore(session)
  if (surface === 'window') return <Inside />
  if (path === '/login')
    return (
      <Outside>
        <Outlet />
      </Outside>
    )
  if (token !== null) return <Inside />
  // The reference says nothing that is not public: whoever looks at /docs need not sign in.
  if (path === '/api')
    return (
      <Outside>
        <main className="mx-auto max-w-[1100px] p-4">
          <h1 className="mb-4 text-xl font-[620]">Gantry API reference</h1>
          <Outlet />
        </main>
      </Outside>
    )
  return (
    <Outside>
      <LoginScreen />
    </Outside>
  )
}
