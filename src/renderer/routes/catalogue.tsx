import { useQuery } from '@tanstack/react-query'
import { type ReactNode, Suspense, lazy, useRef, useState } from 'react'
import type { CatalogView } from '../../contract/index.ts'
import { NotAllowed } from '../features/access/not-allowed.tsx'
import { useMay } from '../features/access/use-may.ts'
import { ModelsTable, ProvidersList, TemplatesTable, ToolsList } from '../features/catalog/catalog-tables.tsx'
import { ImagesCard } from '../features/runtimes/images-card.tsx'
import { RuntimesCard } from '../features/runtimes/runtimes-card.tsx'
import { useListKeys } from '../features/shell/use-list-keys.ts'
import { rpc } from '../rpc.ts'
import { Card } from '../ui/card.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { QueryView } from '../ui/query-view.tsx'
import { Empty, Loading } from '../ui/states.tsx'
import { Status } from '../ui/status.tsx'

const SetSecretDialog = lazy(async () => ({
  default: (await import('../features/secrets/set-secret-dialog.tsx')).SetSecretDialog,
}))

const Problems = ({ problems }: { problems: CatalogView['problems'] }) =>
  problems.length === 0 ? null : (
    <div role="alert" className="card grid gap-1 border-l-[3px] border-l-wait px-(--inset) py-3">
      <Status state="wait">Your catalogue cannot be used</Status>
      <ul className="grid gap-1">
        {problems.map(({ file, path, message }) => (
          <li key={`${file} ${path} ${message}`} className="wrap-anywhere">
            <code className="font-mono text-sm">{path}</code> {message}
          </li>
        ))}
      </ul>
      <p className="text-ink-2">The last good one applies until it is mended.</p>
    </div>
  )

interface PartProps<T> {
  title: string
  note?: string
  of: ReturnType<typeof useCatalog>
  pick: (catalog: CatalogView) => readonly T[]
  rows: number
  none: ReactNode
  children: (catalog: CatalogView) => ReactNode
}

const useCatalog = () => useQuery(rpc.catalog.get.queryOptions({ input: {} }))

const Part = <T,>({ title, note, of, pick, rows, none, children }: PartProps<T>) => (
  <Card title={title} {...(note === undefined ? {} : { note })}>
    <QueryView
      query={of}
      rows={rows}
      label={`Loading ${title.toLowerCase()}`}
      empty={{ when: (catalog) => pick(catalog).length === 0, show: none }}
    >
      {children}
    </QueryView>
  </Card>
)

const Catalogue = () => {
  const catalog = useCatalog()
  const mayStart = useMay('agents:write') === true
  const maySecrets = useMay('secrets:write') === true
  const mayRuntimes = useMay('agents:read') === true
  const [provider, setProvider] = useState<CatalogView['providers'][number] | null>(null)
  const list = useRef<HTMLDivElement>(null)
  useListKeys(list)
  return (
    <div ref={list} className="grid grid-cols-[minmax(0,1fr)] gap-3">
      {catalog.data !== undefined && <Problems problems={catalog.data.problems} />}
      <div className="grid grid-cols-[minmax(0,1.9fr)_minmax(0,1fr)] items-start gap-3 max-lg:grid-cols-[minmax(0,1fr)]">
        <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
          <Part
            title="Templates"
            note="what agents are made from"
            of={catalog}
            pick={({ templates }) => templates}
            rows={7}
            none={<Empty title="There is no template" />}
          >
            {({ templates }) => <TemplatesTable templates={templates} mayStart={mayStart} />}
          </Part>
          <Part
            title="Models"
            note="US dollars for a million tokens"
            of={catalog}
            pick={({ models }) => models}
            rows={6}
            none={<Empty title="There is no model">Add one in your own catalogue, named below.</Empty>}
          >
            {({ models }) => <ModelsTable models={models} />}
          </Part>
        </div>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
          <Part
            title="Providers"
            of={catalog}
            pick={({ providers }) => providers}
            rows={4}
            none={<Empty title="There is no provider" />}
          >
            {({ providers }) => <ProvidersList providers={providers} onSetKey={maySecrets ? setProvider : undefined} />}
          </Part>
          {mayRuntimes && <RuntimesCard />}
          {mayRuntimes && <ImagesCard />}
          <Part
            title="Tools"
            note="what agents may be given"
            of={catalog}
            pick={({ tools }) => tools}
            rows={3}
            none={<Empty title="There is no tool" />}
          >
            {({ tools }) => <ToolsList tools={tools} />}
          </Part>
        </div>
      </div>
      {catalog.data !== undefined && (
        <p className="flex flex-wrap items-center gap-2 text-sm text-ink-2">
          Your own entries go into <code className="font-mono wrap-anywhere">{catalog.data.overlay}</code>
          <CopyButton text={catalog.data.overlay} what="path of your catalogue" />
        </p>
      )}
      <Suspense>
        {provider?.secret !== undefined && (
          <SetSecretDialog
            name={provider.secret}
            purpose={`The key of ${provider.title}. It stays on this machine, and never enters a sandbox.`}
            onClose={() => setProvider(null)}
          />
        )}
      </Suspense>
    </div>
  )
}

export const CataloguePage = () => {
  const may = useMay('catalog:read')
  if (may === undefined)
    return (
      <div className="card">
        <Loading rows={10} />
      </div>
    )
  return may ? (
    <Catalogue />
  ) : (
    <div className="card">
      <NotAllowed what="see the catalogue" />
    </div>
  )
}
