import { useQuery } from '@tanstack/react-query'
import { rpc } from '../../rpc.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Button } from '../../ui/button.tsx'
import { QueryView } from '../../ui/query-view.tsx'
import { Empty } from '../../ui/states.tsx'
import { Status } from '../../ui/status.tsx'
import { ROW, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

const COLUMNS = [
  { name: 'When' },
  { name: 'Decision' },
  { name: 'Host', className: 'w-full' },
  { name: 'Port', align: 'right' },
  { name: 'Why' },
] as const

/** Where it wanted to go, and what of that was allowed. */
export const EgressView = ({ id }: { id: string }) => {
  const egress = useQuery(rpc.agents.egress.queryOptions({ input: { id } }))
  return (
    <div className="relative h-full overflow-y-auto" tabIndex={0} role="region" aria-label="Network">
      <div className="flex items-center gap-3 border-b border-line px-(--inset) py-2">
        <span className="text-ink-2">Every connection that it asked for</span>
        <Button size="s" className="ml-auto" busy={egress.isFetching} onClick={() => void egress.refetch()}>
          Read again
        </Button>
      </div>
      <QueryView
        query={egress}
        rows={6}
        label="Loading connections"
        empty={{
          when: ({ items }) => items.length === 0,
          show: (
            <Empty title="It has asked for no connection">
              Each one is listed here with the decision and the reason.
            </Empty>
          ),
        }}
      >
        {({ items, proposal }) => (
          <>
            {proposal.length > 0 && (
              <div className="grid gap-1.5 border-b border-line px-(--inset) py-3">
                <p>The smallest list that would allow what it asked for:</p>
                <CodeBlock text={proposal.join('\n')} what="Smallest list of hosts" />
              </div>
            )}
            <Table label="Connections" columns={COLUMNS}>
              {items.map((item, index) => (
                <tr key={index} className={ROW}>
                  <td className="cell font-mono text-sm text-ink-2">
                    <Time at={item.at} />
                  </td>
                  <td className="cell">
                    <Status state={item.allowed ? 'ok' : 'bad'}>{item.allowed ? 'Allowed' : 'Refused'}</Status>
                  </td>
                  <td className="cell font-mono text-sm wrap-anywhere">{item.host}</td>
                  <td className="cell text-right font-mono text-sm text-ink-2">{item.port}</td>
                  <td className="cell text-sm text-ink-2">{item.reason}</td>
                </tr>
              ))}
            </Table>
          </>
        )}
      </QueryView>
    </div>
  )
}
