import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, Suspense, lazy, useState } from 'react'
import type { CatalogView } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'
import { Button } from '../../ui/button.tsx'
import { INPUT_SMALL } from '../../ui/field.tsx'
import { Status } from '../../ui/status.tsx'
import { useStore } from '../../ui/store.ts'
import { useMay } from '../access/use-may.ts'
import { BuildProgress } from '../runtimes/build-progress.tsx'
import { builds, startBuild } from '../runtimes/builds.ts'
import { useRuntimes } from '../runtimes/use-runtimes.ts'
import { type Check, checkModels, checkRuntime, missingImage } from './checks.ts'

const SetSecretDialog = lazy(async () => ({
  default: (await import('../secrets/set-secret-dialog.tsx')).SetSecretDialog,
}))

const WORD = { ok: 'Ready', busy: 'Looking', off: 'Not there', wait: 'Waits', bad: 'Unwell' } as const

const CheckItem = ({ title, check, children }: { title: string; check: Check; children?: ReactNode }) => (
  <li className="grid content-start gap-1.5 rounded-s border border-line px-3 py-2.5">
    <p className="flex items-center gap-2">
      <b className="font-[620]">{title}</b>
      <Status state={check.state}>{WORD[check.state]}</Status>
    </p>
    <p className="text-sm text-ink-2 wrap-anywhere">{check.words}</p>
    {children}
  </li>
)

const KeyChooser = ({ providers }: { providers: CatalogView['providers'] }) => {
  const [chosen, setChosen] = useState(providers[0]?.id ?? '')
  const [open, setOpen] = useState(false)
  const provider = providers.find(({ id }) => id === chosen)
  return (
    <div className="flex gap-1.5">
      <select
        aria-label="Provider"
        className={`${INPUT_SMALL} max-w-[180px]`}
        value={chosen}
        onChange={(event) => setChosen(event.target.value)}
      >
        {providers.map(({ id, title }) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </select>
      <Button size="s" onClick={() => setOpen(true)}>
        Add a key
      </Button>
      <Suspense>
        {open && provider?.secret !== undefined && (
          <SetSecretDialog
            name={provider.secret}
            purpose={`The key of ${provider.title}. It stays on this machine, and never enters a sandbox.`}
            onClose={() => setOpen(false)}
          />
        )}
      </Suspense>
    </div>
  )
}

/** Engine, sandbox, models: each with what would mend it. */
export const CheckList = () => {
  const queries = useQueryClient()
  const mayBuild = useMay('runtimes:write') === true
  const maySecrets = useMay('secrets:write') === true
  const runtimes = useRuntimes()
  const engine = checkRuntime('docker', runtimes.data?.items)
  const images = useQuery({ ...rpc.runtimes.images.queryOptions({ input: {} }), enabled: engine.state === 'ok' })
  const catalog = useQuery(rpc.catalog.get.queryOptions({ input: {} }))
  const sandbox = checkRuntime('sandbox', runtimes.data?.items)
  const models = checkModels(catalog.data)
  const image = engine.state === 'ok' ? missingImage(images.data?.items) : undefined
  const build = useStore(builds).get(image ?? '')
  const withKeys = catalog.data?.providers.filter(({ secret, available }) => secret !== undefined && !available) ?? []
  const again = (
    <Button size="s" className="justify-self-start" busy={runtimes.isFetching} onClick={() => void runtimes.refetch()}>
      Look again
    </Button>
  )
  return (
    <ul aria-label="Checks" className="mb-3 grid grid-cols-[repeat(auto-fit,minmax(240px,1fr))] gap-3">
      <CheckItem title="Sandbox" check={sandbox}>
        {sandbox.state === 'off' && again}
      </CheckItem>
      <CheckItem title="Engine" check={engine}>
        {engine.state === 'off' && again}
        {image !== undefined && mayBuild && build === undefined && (
          <Button size="s" className="justify-self-start" onClick={() => void startBuild(image, queries)}>
            Build {image}
          </Button>
        )}
        {image !== undefined && build !== undefined && <BuildProgress image={image} build={build} />}
      </CheckItem>
      <CheckItem title="Models" check={models}>
        {models.state === 'off' && maySecrets && withKeys.length > 0 && <KeyChooser providers={withKeys} />}
      </CheckItem>
    </ul>
  )
}
