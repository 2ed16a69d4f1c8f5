import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Suspense, lazy, useState } from 'react'
import type { ImageStatus } from '../../../contract/index.ts'
import { formatBytes, formatTime } from '../../format.ts'
import { rpc } from '../../rpc.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { QueryView } from '../../ui/query-view.tsx'
import { Empty } from '../../ui/states.tsx'
import { Status } from '../../ui/status.tsx'
import { useStore } from '../../ui/store.ts'
import { useMay } from '../access/use-may.ts'
import { BuildProgress } from './build-progress.tsx'
import { useRuntimes } from './use-runtimes.ts'
import { builds, startBuild } from './builds.ts'

const ScanDialog = lazy(async () => ({ default: (await import('./scan-dialog.tsx')).ScanDialog }))

const Row = ({ image, mayWrite, onScan }: { image: ImageStatus; mayWrite: boolean; onScan: () => void }) => {
  const queries = useQueryClient()
  const build = useStore(builds).get(image.image)
  const { present, bytes, createdAt, templates } = image
  return (
    <li className="cell grid gap-1 border-b border-line last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Status state={present ? 'ok' : 'off'}>{present ? 'Present' : 'Not built'}</Status>
        <code className="min-w-0 font-mono text-sm wrap-anywhere">{image.image}</code>
        <span className="ml-auto flex gap-1.5">
          {mayWrite && present && (
            <Button size="s" aria-label={`Scan ${image.image}`} onClick={onScan}>
              Scan
            </Button>
          )}
          {mayWrite && build === undefined && (
            <Button
              size="s"
              aria-label={`${present ? 'Build again' : 'Build'} ${image.image}`}
              onClick={() => void startBuild(image.image, queries)}
            >
              {present ? 'Build again' : 'Build'}
            </Button>
          )}
        </span>
      </div>
      {build !== undefined && <BuildProgress image={image.image} build={build} />}
      <p className="text-sm text-ink-2">
        For {templates.length === 0 ? 'no template' : templates.join(', ')}
        {bytes === null ? '' : ` · ${formatBytes(bytes)}`}
        {createdAt === null ? '' : ` · made ${formatTime(createdAt)}`}
      </p>
    </li>
  )
}

export const ImagesCard = () => {
  const mayWrite = useMay('runtimes:write') === true
  const engine = useRuntimes().data?.items.find(({ name }) => name === 'docker')
  const images = useQuery({ ...rpc.runtimes.images.queryOptions({ input: {} }), enabled: engine?.available !== false })
  const [scanned, setScanned] = useState<string | null>(null)
  if (engine?.available === false)
    return (
      <Card title="Images" note="what templates need in docker">
        <Empty title="There is no engine to hold images">{engine.reason}</Empty>
      </Card>
    )
  return (
    <Card title="Images" note="what templates need in docker">
      <QueryView
        query={images}
        rows={4}
        empty={{ when: ({ items }) => items.length === 0, show: <Empty title="No template needs an image" /> }}
      >
        {({ items }) => (
          <ul>
            {items.map((image) => (
              <Row key={image.image} image={image} mayWrite={mayWrite} onScan={() => setScanned(image.image)} />
            ))}
          </ul>
        )}
      </QueryView>
      <Suspense>{scanned !== null && <ScanDialog image={scanned} onClose={() => setScanned(null)} />}</Suspense>
    </Card>
  )
}
