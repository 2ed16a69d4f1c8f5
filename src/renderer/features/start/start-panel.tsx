import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { rpc } from '../../rpc.ts'
import { surface } from '../../surface.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { FieldError } from '../../ui/field.tsx'
import { toFailure } from '../../errors.ts'
import { Shape } from '../../ui/status.tsx'
import { useStore } from '../../ui/store.ts'
import { useMay } from '../access/use-may.ts'
import { useRunHello } from '../agents/use-actions.ts'
import { ClientSnippet } from '../attach/client-snippet.tsx'
import { CheckList } from './check-list.tsx'
import { isFirstRun, markStep, progress } from './progress.ts'

const Step = ({ title, done, children }: { title: string; done: boolean; children: ReactNode }) => (
  <li className="grid min-w-0 content-start gap-2 rounded-s border border-line bg-panel-2 p-3">
    <h3 className="flex items-center gap-2 font-[620]">
      <span className={done ? 'text-ok' : 'text-off'}>
        <Shape state={done ? 'ok' : 'off'} />
      </span>
      {title}
      {done && <span className="text-sm font-medium text-ok">Done</span>}
    </h3>
    {children}
  </li>
)

const DashboardLink = () => {
  const link = useMutation(rpc.access.loginLink.mutationOptions({ onSuccess: () => markStep('linked') }))
  return (
    <>
      <p className="text-ink-2">
        The same pages in a browser, also from a machine without a screen. A link works once, within ten minutes.
      </p>
      {link.data === undefined ? (
        <Button size="s" className="justify-self-start" busy={link.isPending} onClick={() => link.mutate({})}>
          Make a dashboard link
        </Button>
      ) : (
        <CodeBlock text={link.data.url} what="Dashboard link" />
      )}
      {link.error !== null && <FieldError>{toFailure(link.error).message}</FieldError>}
    </>
  )
}

const SampleAgent = () => {
  const hello = useRunHello()
  return (
    <>
      <p className="text-ink-2">It says hello from its box and ends. Needs nothing installed, no key and no network.</p>
      <Button
        size="s"
        look="primary"
        className="justify-self-start"
        busy={hello.isPending}
        onClick={() => {
          markStep('begun')
          hello.run()
        }}
      >
        {hello.isPending ? 'Starting hello' : 'Run hello'}
      </Button>
    </>
  )
}

export const StartPanel = () => {
  const may = useMay('access:write') === true
  const agents = useQuery({ ...rpc.agents.list.queryOptions({ input: { limit: 1 } }), enabled: may })
  const keys = useQuery({ ...rpc.access.keys.list.queryOptions({ input: { revoked: false } }), enabled: may })
  const backups = useQuery(rpc.system.backups.queryOptions({ input: {} }))
  const steps = useStore(progress)
  if (keys.data === undefined || backups.data === undefined || agents.data === undefined) return null
  const hasAgents = agents.data.items.length > 0
  const hasKeys = keys.data.items.length > 0
  if (
    !isFirstRun({
      agents: agents.data.items.length,
      keys: keys.data.items.length,
      backups: backups.data.items.length,
      linked: surface === 'dashboard',
      steps,
    })
  )
    return null
  return (
    <section aria-labelledby="start" className="card border-l-[3px] border-l-accent p-(--inset)">
      <div className="mb-3 flex items-baseline gap-2">
        <h2 id="start" className="text-lg font-[620]">
          Start here
        </h2>
        <p className="text-ink-2">What agents stand on here, and four steps.</p>
        <Button
          look="quiet"
          size="s"
          className="ml-auto"
          aria-label="Dismiss the first steps"
          onClick={() => markStep('dismissed')}
        >
          <X aria-hidden="true" className="size-3.5" />
        </Button>
      </div>
      <CheckList />
      <ol aria-label="Steps" className="grid grid-cols-[repeat(auto-fit,minmax(215px,1fr))] gap-3">
        <Step title="Run the sample agent" done={hasAgents}>
          <SampleAgent />
        </Step>
        <Step title="Attach an MCP client" done={steps.has('attached')}>
          <p className="text-ink-2">Add this to the configuration of Claude Desktop, VS Code, Cursor or any other.</p>
          <ClientSnippet what="configuration for an MCP client" onCopied={() => markStep('attached')} />
        </Step>
        <Step title="Make an API key" done={hasKeys}>
          <p className="text-ink-2">
            Programs that come over HTTP need one. Each key has a role, and can be revoked alone.
          </p>
          <Link
            to="/keys"
            onClick={() => markStep('begun')}
            className="motion inline-flex min-h-6 items-center justify-self-start rounded-s border border-line-strong bg-panel px-2 text-sm font-[550] hover:bg-hover"
          >
            Go to keys
          </Link>
        </Step>
        <Step title="Open the dashboard" done={surface === 'dashboard' || steps.has('linked')}>
          {surface === 'dashboard' ? <p className="text-ink-2">You are looking at it.</p> : <DashboardLink />}
        </Step>
      </ol>
    </section>
  )
}
