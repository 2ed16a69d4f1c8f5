import type { Operation } from '../../../contract/index.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Status } from '../../ui/status.tsx'
import { formsOf } from './forms.ts'

const json = (value: unknown) => JSON.stringify(value, null, 2)

const Form = ({ name, text, what }: { name: string; text: string; what: string }) => (
  <div className="grid min-w-0 content-start gap-1">
    <h4 className="text-sm font-medium text-ink-2">{name}</h4>
    <CodeBlock text={text} what={what} />
  </div>
)

const Entry = ({ operation, origin }: { operation: Operation; origin: string }) => {
  const forms = formsOf(operation, origin)
  const { name, meta } = operation
  return (
    <div className="grid gap-3 px-(--inset) pt-1 pb-4">
      <p className="max-w-[80ch] text-ink-2">{operation.description}</p>
      <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm text-ink-2">
        <span>
          Permission <code className="font-mono text-ink">{meta.permission}</code>
        </span>
        <span>
          Effect <code className="font-mono text-ink">{meta.effect}</code>
        </span>
        {operation.stream && <span>Streams items (server-sent events, or WebSocket)</span>}
      </p>
      <div className="grid grid-cols-2 gap-3 max-lg:grid-cols-1">
        <Form name="REST" text={forms.curl} what={`curl call of ${name}`} />
        {forms.socket !== null && <Form name="WebSocket" text={forms.socket} what={`WebSocket of ${name}`} />}
        <Form name="Command line" text={forms.cli} what={`command line of ${name}`} />
        <Form name="MCP tool" text={forms.tool ?? 'not a tool: it is for people'} what={`MCP tool of ${name}`} />
        <Form name="Window and dashboard" text={forms.window} what={`client call of ${name}`} />
        <Form name="Input" text={json(forms.inputSchema)} what={`input schema of ${name}`} />
        <Form
          name={operation.stream ? 'Output, each item' : 'Output'}
          text={json(forms.outputSchema)}
          what={`output schema of ${name}`}
        />
      </div>
      <Form name="Example of the output" text={json(forms.example)} what={`example output of ${name}`} />
    </div>
  )
}

export interface OperationEntryProps {
  operation: Operation
  origin: string
  open: boolean
  onToggle: (open: boolean) => void
}

/** Closed entries render nothing inside: forty schemas at once would be slow to show and to search. */
export const OperationEntry = ({ operation, origin, open, onToggle }: OperationEntryProps) => {
  const panel = `op-${operation.path.join('-')}`
  return (
    <li className="border-b border-line last:border-b-0">
      <h3>
        <button
          type="button"
          data-row={operation.name}
          aria-expanded={open}
          aria-controls={open ? panel : undefined}
          onClick={() => onToggle(!open)}
          className="cell motion flex w-full flex-wrap items-center gap-x-3 gap-y-1 text-left hover:bg-hover"
        >
          <code className="w-[52px] font-mono text-xs font-semibold text-accent">{operation.method}</code>
          <code className="w-[270px] font-mono text-sm wrap-anywhere max-md:w-auto">{operation.route}</code>
          <span className="min-w-[200px] flex-1 font-[550]">{operation.summary}</span>
          {operation.meta.effect === 'destructive' && <Status state="bad">Destructive</Status>}
          {operation.meta.permission === 'public' && <Status state="off">Public</Status>}
          {operation.stream && <Status state="busy">Stream</Status>}
          <code className="font-mono text-xs text-ink-3">{operation.name}</code>
        </button>
      </h3>
      {open && (
        <div id={panel}>
          <Entry operation={operation} origin={origin} />
        </div>
      )}
    </li>
  )
}
