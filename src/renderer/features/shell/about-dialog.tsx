import { Dialog } from '../../ui/dialog.tsx'
import { QueryView } from '../../ui/query-view.tsx'
import { useInfo } from '../health/use-health.ts'
import { Mark } from './mark.tsx'

const MODES = {
  window: 'Desktop app',
  headless: 'Headless (gantry serve)',
  attached: 'Started by the stdio shim',
} as const

const OWN_SPELLING: Record<string, string> = { sqlite: 'SQLite' }

export const AboutDialog = ({ onClose }: { onClose: () => void }) => {
  const info = useInfo()
  return (
    <Dialog title="About Gantry" onClose={onClose} width="s">
      <p className="mb-3 flex items-center gap-2.5 text-ink-2">
        <Mark />
        The desktop control room for AI agents and everything they stand on.
      </p>
      <QueryView query={info} rows={6}>
        {(data) => {
          const rows: (readonly [string, string])[] = [
            ['Version', data.version],
            ['Runs as', MODES[data.mode]],
            ['Platform', data.platform],
            ...Object.entries(data.runtimes).map(
              ([name, version]) =>
                [OWN_SPELLING[name] ?? name.charAt(0).toUpperCase() + name.slice(1), version] as const,
            ),
            ['Database schema', String(data.schema)],
            ['Data folder', data.home],
            ['Licence', 'MIT'],
          ]
          return (
            <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1.5">
              {rows.map(([name, value]) => (
                <div key={name} className="contents">
                  <dt className="text-ink-2">{name}</dt>
                  <dd className="font-mono text-sm wrap-anywhere">{value}</dd>
                </div>
              ))}
            </dl>
          )
        }}
      </QueryView>
      <p className="mt-4 text-sm text-ink-2">
        The documentation is in the folder <code className="font-mono">docs</code> of the source; every operation is
        described under API reference.
      </p>
    </Dialog>
  )
}
