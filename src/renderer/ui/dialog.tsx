import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { type ReactNode, useRef } from 'react'
import { Button } from './button.tsx'

const WIDTHS = {
  s: 'w-[min(440px,calc(100vw-32px))]',
  m: 'w-[min(560px,calc(100vw-32px))]',
  l: 'w-[min(760px,calc(100vw-32px))]',
} as const

export interface DialogProps {
  title: string
  description?: ReactNode
  onClose: () => void
  width?: keyof typeof WIDTHS
  /** Outside clicks are ignored where something would be lost that cannot be shown again. */
  stubborn?: boolean
  children: ReactNode
}

/** Mounted means open: who shows it also takes it away. */
export const Dialog = ({ title, description, onClose, width = 'm', stubborn = false, children }: DialogProps) => {
  const body = useRef<HTMLDivElement>(null)
  // Where there is something to fill in, typing starts there and not on the cross.
  const firstControl = () => body.current?.querySelector<HTMLElement>('input, select, textarea') ?? true
  return (
    <Base.Root open disablePointerDismissal={stubborn} onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-veil" />
        <Base.Popup
          initialFocus={firstControl}
          className={`card float-in fixed top-[8vh] left-1/2 z-40 flex max-h-[84vh] -translate-x-1/2 flex-col shadow-float outline-none ${WIDTHS[width]}`}
        >
          <div className="flex items-start gap-3 px-5 pt-4">
            <div className="grid min-w-0 flex-1 gap-1">
              <Base.Title className="text-lg font-[620] wrap-anywhere">{title}</Base.Title>
              {description !== undefined && <Base.Description className="text-ink-2">{description}</Base.Description>}
            </div>
            <Base.Close render={<Button look="quiet" size="s" aria-label="Close" />}>
              <X aria-hidden="true" className="size-4" />
            </Base.Close>
          </div>
          <div ref={body} className="min-h-0 overflow-y-auto px-5 pt-3 pb-5">
            {children}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

export const DialogActions = ({ children }: { children: ReactNode }) => (
  <div className="mt-4 flex flex-wrap justify-end gap-2">{children}</div>
)
