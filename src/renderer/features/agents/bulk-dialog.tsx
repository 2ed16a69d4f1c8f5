import { useMutation, useQuery } from '@tanstack/react-query'
import { rpc } from '../../rpc.ts'
import { plural } from '../../format.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Failed, Loading } from '../../ui/states.tsx'
import { Status } from '../../ui/status.tsx'
import { stateTone, stateWord } from './agent-state.ts'

interface Item {
  id: string
  name: string
}

const LIST = 'max-h-[38vh] overflow-y-auto rounded-s border border-line'
const ITEM = 'flex min-h-7 flex-wrap items-center gap-x-3 border-b border-line px-3 py-1 last:border-b-0'

const Names = ({ name, id }: Item) => (
  <>
    <span className="min-w-0 truncate font-[550]">{name}</span>
    <code className="font-mono text-xs text-ink-3">{id}</code>
  </>
)

/** Says exactly who goes before anybody does, and afterwards what became of each. */
export const BulkDialog = ({ ids, onClose }: { ids: readonly string[]; onClose: () => void }) => {
  const dry = useQuery(
    rpc.agents.cancelAll.queryOptions({ input: { ids: [...ids], dryRun: true }, gcTime: 0, staleTime: 0 }),
  )
  const stop = useMutation(rpc.agents.cancelAll.mutationOptions())
  const going = dry.data?.items ?? []
  const staying = ids.length - going.length
  const gone = stop.data?.items.filter(({ outcome }) => outcome === 'gone').length ?? 0

  if (stop.data !== undefined) {
    return (
      <Dialog title={`${plural(gone, 'agent')} stopped`} onClose={onClose}>
        <p className="mb-2 text-ink-2">
          {gone === stop.data.items.length
            ? 'For each of them, box, wire and model calls were verified gone.'
            : 'Not all of them could be stopped. What is left is named below.'}
        </p>
        <ul aria-label="Outcomes" tabIndex={0} className={LIST}>
          {stop.data.items.map(({ id, name, outcome, error }) => (
            <li key={id} className={ITEM}>
              <Status state={outcome === 'gone' ? 'ok' : 'bad'}>{outcome === 'gone' ? 'Gone' : 'Failed'}</Status>
              <Names id={id} name={name} />
              {error !== null && <span className="w-full text-sm text-bad wrap-anywhere">{error}</span>}
            </li>
          ))}
        </ul>
        <DialogActions>
          <Button look="primary" onClick={onClose}>
            Close
          </Button>
        </DialogActions>
      </Dialog>
    )
  }
  return (
    <Dialog
      title={dry.data === undefined ? 'Stop agents?' : `Stop ${plural(going.length, 'agent')}?`}
      onClose={onClose}
      stubborn={stop.isPending}
    >
      {dry.error !== null && <Failed error={dry.error} inset={false} onRetry={() => void dry.refetch()} />}
      {dry.data === undefined && dry.error === null && <Loading rows={Math.min(ids.length, 6)} />}
      {dry.data !== undefined && (
        <div className="grid gap-2">
          {going.length > 0 && (
            <ul aria-label="Agents that would be stopped" tabIndex={0} className={LIST}>
              {going.map(({ id, name, state }) => (
                <li key={id} className={ITEM}>
                  <Status state={stateTone(state)}>{stateWord(state)}</Status>
                  <Names id={id} name={name} />
                </li>
              ))}
            </ul>
          )}
          {staying > 0 && <p className="text-ink-2">{plural(staying, 'agent')} of the selection already ended.</p>}
          <p className="text-ink-2">What they wrote stays. What they were doing is lost.</p>
        </div>
      )}
      {stop.error !== null && <Failed error={stop.error} inset={false} />}
      <DialogActions>
        <Button onClick={onClose}>{going.length === 0 && dry.data !== undefined ? 'Close' : 'Cancel'}</Button>
        {going.length > 0 && (
          <Button
            look="danger"
            busy={stop.isPending}
            onClick={() => stop.mutate({ ids: going.map(({ id }) => id), dryRun: false })}
          >
            {stop.isPending ? `Stopping ${going.length}` : `Stop ${plural(going.length, 'agent')}`}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  )
}
