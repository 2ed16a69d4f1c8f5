import { useEffect, useRef, useState } from 'react'
import type { Operation } from '../../../contract/index.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Empty, Failed, Loading } from '../../ui/states.tsx'
import { closeOverlay } from '../shell/overlay.ts'
import { findOperation } from './catalogue.ts'
import { type FormValues, labelOf } from './fields.ts'
import { OperationForm } from './operation-form.tsx'
import { Result } from './result.tsx'
import { cellText } from './result-table.ts'
import { StreamView } from './stream-view.tsx'
import { type Run, useRun } from './use-run.ts'

const textOf = ({ meta: { text } }: Operation) =>
  text === undefined ? undefined : (output: unknown) => text.render(output as never)

/** What needs no input runs at once, unless it destroys: then it says first what it will do. */
const firstPhase = ({ input, meta }: Operation): Run => {
  const complete = input.safeParse({}).success
  if (!complete) return { phase: 'asking' }
  return meta.effect === 'destructive' ? { phase: 'confirming', input: {} } : { phase: 'running' }
}

const Confirm = ({
  operation,
  input,
  onConfirm,
}: {
  operation: Operation
  input: Record<string, unknown>
  onConfirm: () => void
}) => {
  const given = Object.entries(input)
  return (
    <div className="grid gap-3">
      <p className="rounded-s bg-bad-bg px-3 py-2">{operation.description}</p>
      {given.length > 0 && (
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
          {given.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-ink-2">{labelOf(name)}</dt>
              <dd className="font-mono text-sm wrap-anywhere">{cellText(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      <DialogActions>
        <Button onClick={closeOverlay}>Cancel</Button>
        <Button look="danger" onClick={onConfirm}>
          {operation.summary}
        </Button>
      </DialogActions>
    </div>
  )
}

const Body = ({ operation }: { operation: Operation }) => {
  const { run, start, ask, confirm, stop } = useRun(operation, firstPhase(operation))
  const [draft, setDraft] = useState<FormValues>()
  const started = useRef(false)
  const begin = (input: Record<string, unknown>) => {
    started.current = true
    void start(input)
  }
  useEffect(() => {
    if (run.phase !== 'running' || started.current) return
    started.current = true
    void start({})
  }, [run.phase, start])

  const hasInput = Object.keys(operation.input.shape).length > 0
  const destructive = operation.meta.effect === 'destructive'
  const submit = destructive ? confirm : begin
  const form = (error: unknown) => (
    <OperationForm
      operation={operation}
      draft={draft}
      error={error}
      onDraft={setDraft}
      onCancel={closeOverlay}
      onSubmit={submit}
    />
  )
  const actions = (
    <DialogActions>
      <Button onClick={() => (hasInput ? ask() : submit({}))}>{hasInput ? 'Change the input' : 'Run again'}</Button>
      <Button look="primary" onClick={closeOverlay}>
        Close
      </Button>
    </DialogActions>
  )
  switch (run.phase) {
    case 'asking':
      return form(undefined)
    case 'confirming':
      return <Confirm operation={operation} input={run.input} onConfirm={() => begin(run.input)} />
    case 'running':
      return <Loading rows={4} label="Running" />
    case 'streaming':
      return <StreamView {...run} textOf={textOf(operation)} live onStop={stop} />
    case 'ended':
      return (
        <>
          <StreamView {...run} textOf={textOf(operation)} live={false} onStop={stop} />
          {actions}
        </>
      )
    case 'failed':
      return hasInput ? (
        form(run.error)
      ) : (
        <>
          <Failed error={run.error} inset={false} />
          {actions}
        </>
      )
    case 'done':
      return (
        <>
          <Result operation={operation} text={textOf(operation)?.(run.output)} output={run.output} />
          {actions}
        </>
      )
  }
}

export const RunDialog = ({ name }: { name: string }) => {
  const operation = findOperation(name)
  if (operation === undefined)
    return (
      <Dialog title={name} onClose={closeOverlay}>
        <Empty title="There is no such operation" />
      </Dialog>
    )
  return (
    <Dialog
      title={operation.summary}
      description={
        <>
          {operation.description} <code className="font-mono text-xs text-ink-3">{operation.name}</code>
        </>
      }
      width={operation.stream || operation.meta.effect === 'read' ? 'l' : 'm'}
      onClose={closeOverlay}
    >
      <Body key={operation.name} operation={operation} />
    </Dialog>
  )
}
