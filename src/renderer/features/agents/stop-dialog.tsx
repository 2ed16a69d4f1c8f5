import { useMutation } from '@tanstack/react-query'
import type { Agent } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'
import { Age } from '../../ui/age.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Status } from '../../ui/status.tsx'
import { stateWord } from './agent-state.ts'
import { Proof } from './proof.tsx'

const GRACE_SECONDS = 5

const whatItIs = ({ runtime, ref }: Agent) => {
  if (ref === null) return 'its box'
  return runtime === 'docker' ? `its container ${ref.slice(0, 12)}` : `its processes, under ${ref}`
}

/** Names exactly what goes, shows that it is going, and at the end the proof that it went. */
export const StopDialog = ({ agent, onClose }: { agent: Agent; onClose: () => void }) => {
  const stop = useMutation(rpc.agents.cancel.mutationOptions())
  const began = new Date(stop.submittedAt).toISOString()

  if (stop.data !== undefined) {
    const { proof, state } = stop.data
    const isClean = proof !== null && proof.left.length === 0
    return (
      <Dialog
        title={isClean ? `${agent.name} is gone` : `${agent.name}: ${stateWord(state).toLowerCase()}`}
        onClose={onClose}
      >
        {proof === null ? (
          <p className="text-ink-2">It had ended before it could be stopped.</p>
        ) : (
          <Proof proof={proof} />
        )}
        <DialogActions>
          <Button look="primary" onClick={onClose}>
            Close
          </Button>
        </DialogActions>
      </Dialog>
    )
  }
  if (stop.isPending) {
    return (
      <Dialog title={`Stopping ${agent.name}`} onClose={onClose} stubborn>
        <div role="status" className="grid gap-2">
          <Status state="busy">Stopping, for {<Age since={began} />}</Status>
          <p className="text-ink-2">
            It was asked to end and has {GRACE_SECONDS} seconds for that; what resists is killed and removed. This
            closes with the proof when box, wire and model calls are verified gone.
          </p>
        </div>
        <DialogActions>
          <Button onClick={onClose}>Go on in the background</Button>
        </DialogActions>
      </Dialog>
    )
  }
  return (
    <ConfirmDialog
      title={`Stop ${agent.name}?`}
      action="Stop agent"
      busy={false}
      error={stop.error}
      onConfirm={() => stop.mutate({ id: agent.id, graceSeconds: GRACE_SECONDS })}
      onClose={onClose}
    >
      <p>What goes, for good:</p>
      <ul className="grid list-disc gap-1 pl-5">
        <li className="wrap-anywhere">{whatItIs(agent)}, with everything that runs in it</li>
        <li>its wire and the model calls under way</li>
        {agent.needs !== null && <li>the question that it waits with</li>}
      </ul>
      <p>
        {agent.workspace.kind === 'none'
          ? 'Its log and its conversation stay.'
          : 'Its log, its conversation and what it changed in its workspace stay.'}
      </p>
    </ConfirmDialog>
  )
}
