import type { ApiKey } from '../../../contract/index.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Status } from '../../ui/status.tsx'

export const NewSecret = ({ apiKey, secret, onClose }: { apiKey: ApiKey; secret: string; onClose: () => void }) => (
  <Dialog title={`Key for ${apiKey.name}`} onClose={onClose} width="s" stubborn>
    <div className="grid gap-3">
      <p className="flex flex-wrap items-center gap-x-2 rounded-s bg-wait-bg px-3 py-2">
        <Status state="wait">Shown once</Status>
        <span>Copy it now. Only a hash of it is kept.</span>
      </p>
      <CodeBlock text={secret} what="Secret of the key" />
      <p className="text-sm text-ink-2">
        Send it as <code className="font-mono">Authorization: Bearer …</code> or{' '}
        <code className="font-mono">X-API-Key</code>.
      </p>
      <DialogActions>
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      </DialogActions>
    </div>
  </Dialog>
)
