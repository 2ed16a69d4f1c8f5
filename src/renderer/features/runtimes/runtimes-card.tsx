import type { RuntimeStatus } from '../../../contract/index.ts'
import { plural } from '../../format.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { QueryView } from '../../ui/query-view.tsx'
import { Empty } from '../../ui/states.tsx'
import { Status } from '../../ui/status.tsx'
import { RUNTIME_TITLES } from './titles.ts'
import { useRuntimes } from './use-runtimes.ts'

const Row = ({ runtime }: { runtime: RuntimeStatus }) => {
  const { name, available, reason, version, detail, boxes } = runtime
  return (
    <li className="cell grid gap-0.5 border-b border-line last:border-b-0">
      <p className="flex flex-wrap items-center gap-2">
        <Status state={available ? 'ok' : 'off'}>
          {RUNTIME_TITLES[name]} {version}
          {!available && <span className="font-normal">not available</span>}
        </Status>
        <span className="ml-auto font-mono text-sm text-ink-2">{available ? plural(boxes, 'box', 'boxes') : ''}</span>
      </p>
      <p className="text-sm text-ink-2 wrap-anywhere">{detail}</p>
      {reason !== null && <p className="text-sm wrap-anywhere">{reason}</p>}
    </li>
  )
}

export const RuntimesCard = () => {
  const runtimes = useRuntimes()
  return (
    <Card
      title="Runtimes"
      note="where agents run"
      actions={
        <Button size="s" busy={runtimes.isFetching} onClick={() => void runtimes.refetch()}>
          Look again
        </Button>
      }
    >
      <QueryView
        query={runtimes}
        rows={4}
        empty={{ when: ({ items }) => items.length === 0, show: <Empty title="No runtime is known" /> }}
      >
        {({ items }) => (
          <ul>
            {items.map((runtime) => (
              <Row key={runtime.name} runtime={runtime} />
            ))}
          </ul>
        )}
      </QueryView>
    </Card>
  )
}
