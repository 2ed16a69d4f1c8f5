import { X } from 'lucide-react'
import { Button } from './button.tsx'
import { Shape } from './status.tsx'
import { useStore } from './store.ts'
import { dismissToast, type Toast, toasts } from './toast-store.ts'

const INK = { ok: 'text-ok', bad: 'text-bad', busy: 'text-busy' } as const

const ToastRow = ({ toast }: { toast: Toast }) => (
  <li className="card float-in pointer-events-auto flex items-start gap-2.5 px-3 py-2.5 shadow-float">
    <span className={`mt-[5px] ${INK[toast.tone]}`}>
      <Shape state={toast.tone} />
    </span>
    <div className="grid min-w-0 flex-1 gap-0.5">
      <p className="font-[550] wrap-anywhere">{toast.title}</p>
      {toast.detail !== undefined && <p className="text-sm text-ink-2 wrap-anywhere">{toast.detail}</p>}
    </div>
    {toast.action !== undefined && (
      <Button
        size="s"
        onClick={() => {
          dismissToast(toast.id)
          toast.action?.run()
        }}
      >
        {toast.action.label}
      </Button>
    )}
    <Button size="s" look="quiet" aria-label="Dismiss" onClick={() => dismissToast(toast.id)}>
      <X aria-hidden="true" className="size-3.5" />
    </Button>
  </li>
)

export const Toasts = () => {
  const shown = useStore(toasts)
  return (
    <section
      aria-label="Notifications"
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-4 z-50 w-[min(400px,calc(100vw-32px))]"
    >
      <ol className="grid gap-2">
        {shown.map((toast) => (
          <ToastRow key={toast.id} toast={toast} />
        ))}
      </ol>
    </section>
  )
}
