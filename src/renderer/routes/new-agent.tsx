import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import type { CatalogView } from '../../contract/index.ts'
import { NotAllowed } from '../features/access/not-allowed.tsx'
import { useMay } from '../features/access/use-may.ts'
import { draftLike, draftOf } from '../features/agents/draft.ts'
import { NewAgentForm } from '../features/agents/form/new-agent-form.tsx'
import { rpc } from '../rpc.ts'
import { Empty, Failed, Loading } from '../ui/states.tsx'

/** The one that was asked for, else the first that can be used. */
const chooseTemplate = ({ templates }: CatalogView, wanted: string | undefined) =>
  templates.find(({ id }) => id === wanted) ?? templates.find(({ available }) => available) ?? templates[0]

const NewAgent = () => {
  const { like, template: wanted } = useSearch({ from: '/agents/new' })
  const catalog = useQuery(rpc.catalog.get.queryOptions({ input: {} }))
  const former = useQuery({
    ...rpc.agents.get.queryOptions({ input: { id: like ?? '' } }),
    enabled: like !== undefined,
  })
  const error = catalog.error ?? former.error
  if (error !== null)
    return (
      <div className="card">
        <Failed error={error} onRetry={() => void (catalog.error === null ? former.refetch() : catalog.refetch())} />
      </div>
    )
  if (catalog.data === undefined || (like !== undefined && former.data === undefined))
    return (
      <div className="card">
        <Loading rows={10} label="Loading the catalogue" />
      </div>
    )
  const template = chooseTemplate(catalog.data, former.data?.template ?? wanted)
  if (template === undefined)
    return (
      <div className="card">
        <Empty title="The catalogue has no template">
          Add one in {catalog.data.overlay}, and it can be started from here.
        </Empty>
      </div>
    )
  return (
    <NewAgentForm
      key={like}
      catalog={catalog.data}
      template={template}
      initial={former.data === undefined ? draftOf(template) : draftLike(former.data, template)}
    />
  )
}

export const NewAgentPage = () => {
  const may = useMay('agents:write')
  if (may === undefined)
    return (
      <div className="card">
        <Loading rows={10} />
      </div>
    )
  return may ? (
    <NewAgent />
  ) : (
    <div className="card">
      <NotAllowed what="start agents" />
    </div>
  )
}
