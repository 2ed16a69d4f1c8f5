import { Card } from '../../ui/card.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { QueryView } from '../../ui/query-view.tsx'
import { useInfo } from '../health/use-health.ts'
import { ClientSnippet } from './client-snippet.tsx'

const Address = ({ name, value }: { name: string; value: string | null }) => (
  <div className="cell flex items-center gap-3 border-b border-line">
    <dt className="w-[52px] flex-none text-ink-2">{name}</dt>
    <dd className="flex min-w-0 flex-1 items-center gap-2">
      {value === null ? (
        <span className="flex min-h-6 items-center text-ink-3">HTTP is off</span>
      ) : (
        <>
          <code className="min-w-0 flex-1 font-mono text-sm wrap-anywhere">{value}</code>
          <CopyButton text={value} what={`${name} address`} />
        </>
      )}
    </dd>
  </div>
)

export const AddressesCard = () => {
  const info = useInfo()
  return (
    <Card title="Addresses" note="how clients attach">
      <QueryView query={info} rows={3}>
        {(data) => (
          <dl>
            <Address name="HTTP" value={data.url} />
            <Address name="MCP" value={data.url === null ? null : `${data.url}/mcp`} />
            <Address name="Socket" value={data.socket} />
          </dl>
        )}
      </QueryView>
      <div className="grid gap-2 px-(--inset) py-3">
        <p className="text-sm text-ink-2">
          Add this to an MCP client on this machine. Over HTTP, a client needs a key.
        </p>
        <ClientSnippet what="MCP client configuration" />
      </div>
    </Card>
  )
}
