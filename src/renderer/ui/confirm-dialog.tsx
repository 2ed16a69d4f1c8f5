import { AlertDialog } from '@base-ui/react/alert-dialog'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Failed } from './states.tsx'

export interface ConfirmDialogProps {
  title: string
  /** Names exactly what goes. */
  children: ReactNode
  action: string
  busy: boolean
  error: unknown
  onConfirm: () => void
  onClose: () => void
}

export const ConfirmDialog = ({ title, children, action, busy, error, onConfirm, onClose }: ConfirmDialogProps) => (
  <AlertDialog.Root open onOpenChange={(open) => !open && !busy && onClose()}>
    <AlertDialog.Portal>
      <AlertDialog.Backdrop className="fixed inset-0 z-40 bg-veil" />
      <AlertDialog.Popup className="card float-in fixed top-[14vh] left-1/2 z-40 grid max-h-[80vh] w-[min(460px,calc(100vw-32px))] -translate-x-1/2 gap-3 overflow-y-auto p-5 shadow-float outline-none">
        <AlertDialog.Title className="text-lg font-[620] wrap-anywhere">{title}</AlertDialog.Title>
        <AlertDialog.Description render={<div />} className="grid gap-2 text-ink-2">
          {children}
        </AlertDialog.Description>
        {error !== null && error !== undefined && <Failed error={error} inset={false} />}
        <div className="mt-1 flex justify-end gap-2">
          <AlertDialog.Close render={<Button />}>Cancel</AlertDialog.Close>
          <Button look="danger" busy={busy} onClick={onConfirm}>
            {action}
          </Button>
        </div>
      </AlertDialog.Popup>
    </AlertDialog.Portal>
  </AlertDialog.Root>
)
