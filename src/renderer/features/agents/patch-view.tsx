import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Agent, AgentPatch } from '../../../contract/index.ts'
import { formatTime, plural } from '../../format.ts'
import { rpc } from '../../rpc.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { QueryView } from '../../ui/query-view.tsx'
import { Empty } from '../../ui/states.tsx'
import { Status } from '../../ui/status.tsx'
import { toast } from '../../ui/toast-store.ts'
import { useMay } from '../access/use-may.ts'
import { isEnded } from './agent-state.ts'
import { PatchFile } from './patch-file.tsx'

const ApplyDialog = ({
  patch,
  paths,
  onClose,
}: {
  patch: AgentPatch
  paths: readonly string[]
  onClose: () => void
}) => {
  const apply = useMutation(
    rpc.agents.applyPatch.mutationOptions({
      onSuccess: ({ written, removed }) => {
        toast({
          tone: 'ok',
          title: 'The patch was taken over',
          detail: `${plural(written.length, 'file')} written, ${removed.length} removed in ${patch.base}`,
        })
        onClose()
      },
    }),
  )
  return (
    <ConfirmDialog
      title={`Write ${plural(paths.length, 'file')} into ${patch.base}?`}
      action={apply.isPending ? 'Writing' : 'Write files'}
      busy={apply.isPending}
      error={apply.error}
      onConfirm={() => apply.mutate({ id: patch.id, paths: [...paths] })}
      onClose={onClose}
    >
      <p>These change in the folder that the workspace came from:</p>
      <ul className="max-h-[30vh] overflow-y-auto font-mono text-sm">
        {patch.files
          .filter(({ path }) => paths.includes(path))
          .map(({ path, kind }) => (
            <li key={path} className="wrap-anywhere">
              {kind} {path}
            </li>
          ))}
      </ul>
      <p>It is refused where that folder has changed in the same places.</p>
    </ConfirmDialog>
  )
}

const Review = ({ patch, mayWrite }: { patch: AgentPatch; mayWrite: boolean }) => {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(patch.files.slice(0, 3).map(({ path }) => path)))
  const [applying, setApplying] = useState(false)
  const chosen = patch.files.map(({ path }) => path).filter((path) => !left.has(path))
  const toggled = (set: ReadonlySet<string>, path: string, on: boolean) =>
    on ? new Set([...set, path]) : new Set([...set].filter((one) => one !== path))
  return (
    <>
      <div className="sticky top-0 z-10 flex flex-wrap items-center gap-3 border-b border-line bg-panel px-(--inset) py-2">
        <span>
          {plural(patch.files.length, 'file')}{' '}
          <span className="font-mono text-sm">
            <span className="text-ok">+{patch.added}</span> <span className="text-bad">−{patch.removed}</span>
          </span>
        </span>
        <code className="min-w-0 truncate font-mono text-sm text-ink-2">{patch.base}</code>
        <span className="ml-auto flex items-center gap-2">
          {patch.appliedAt !== null && <Status state="ok">Taken over at {formatTime(patch.appliedAt)}</Status>}
          {mayWrite && (
            <Button size="s" look="primary" disabled={chosen.length === 0} onClick={() => setApplying(true)}>
              Take over {chosen.length === patch.files.length ? 'all' : `${chosen.length} of ${patch.files.length}`}…
            </Button>
          )}
        </span>
      </div>
      {patch.truncated && (
        <p className="border-b border-line bg-wait-bg px-(--inset) py-2 text-wait">
          More changed than is kept: this is a part of it.
        </p>
      )}
      <ul>
        {patch.files.map((file) => (
          <PatchFile
            key={file.path}
            file={file}
            open={open.has(file.path)}
            onToggle={(on) => setOpen(toggled(open, file.path, on))}
            chosen={!left.has(file.path)}
            onChoose={mayWrite ? (on) => setLeft(toggled(left, file.path, !on)) : undefined}
          />
        ))}
      </ul>
      {applying && <ApplyDialog patch={patch} paths={chosen} onClose={() => setApplying(false)} />}
    </>
  )
}

/** What is said where there is no patch to show. */
const NoPatch = ({ agent }: { agent: Agent }) => {
  if (agent.workspace.kind === 'none')
    return (
      <Empty title="It has no workspace">
        Give an agent a copy of a folder or a clone of a git repository, and what it changes there can be reviewed here.
      </Empty>
    )
  return (
    <Empty title={isEnded(agent.state) ? 'Nothing has changed' : 'Not known yet'}>
      What it changes in its workspace is read when it ends. Nothing is written to your folder unless you take it over.
    </Empty>
  )
}

export const PatchView = ({ agent }: { agent: Agent }) => {
  const mayWrite = useMay('agents:write') === true
  const patch = useQuery({
    ...rpc.agents.patch.queryOptions({ input: { id: agent.id } }),
    enabled: agent.patch !== null,
  })
  if (agent.patch === null) return <NoPatch agent={agent} />
  return (
    <div className="relative h-full overflow-y-auto" tabIndex={0} role="region" aria-label="Patch">
      <QueryView
        query={patch}
        rows={8}
        label="Loading the patch"
        empty={{ when: ({ files }) => files.length === 0, show: <NoPatch agent={agent} /> }}
      >
        {(data) => <Review key={data.files.length} patch={data} mayWrite={mayWrite} />}
      </QueryView>
    </div>
  )
}
