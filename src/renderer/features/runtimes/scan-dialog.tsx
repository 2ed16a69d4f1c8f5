import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { ImageScan } from '../../../contract/index.ts'
import { formatTime, plural } from '../../format.ts'
import { rpc } from '../../rpc.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Failed, Loading } from '../../ui/states.tsx'
import { type State, Status } from '../../ui/status.tsx'
import { ROW, Table } from '../../ui/table.tsx'

const COLUMNS = [
  { name: 'Severity' },
  { name: 'Finding', className: 'w-full' },
  { name: 'In' },
  { name: 'Mended in' },
] as const

const SEVERITIES: Record<string, State> = { CRITICAL: 'bad', HIGH: 'bad', MEDIUM: 'wait', LOW: 'off' }
const toneOf = (severity: string): State => SEVERITIES[severity.toUpperCase()] ?? 'off'

const Findings = ({ scan }: { scan: ImageScan }) => {
  const { findings, counts, scanner, at } = scan
  const summary = Object.entries(counts)
    .map(([severity, count]) => `${count} ${severity.toLowerCase()}`)
    .join(', ')
  return (
    <>
      <p className="mb-3 text-ink-2">
        {findings.length === 0 ? 'No known vulnerability.' : `${plural(findings.length, 'finding')}: ${summary}.`} By{' '}
        {scanner} at {formatTime(at)}.
      </p>
      {findings.length > 0 && (
        <div className="card">
          <Table label="Findings" region="List of findings" className="max-h-[44vh]" columns={COLUMNS}>
            {findings.map((finding, index) => (
              <tr key={index} className={ROW}>
                <td className="cell">
                  <Status state={toneOf(finding.severity)}>{finding.severity.toLowerCase()}</Status>
                </td>
                <td className="cell">
                  <code className="font-mono text-sm">{finding.id}</code>{' '}
                  <span className="text-sm text-ink-2">{finding.title}</span>
                </td>
                <td className="cell font-mono text-sm text-ink-2">
                  {finding.part} {finding.version}
                </td>
                <td className="cell font-mono text-sm text-ink-2">{finding.fixedIn ?? '–'}</td>
              </tr>
            ))}
          </Table>
        </div>
      )}
    </>
  )
}

export const ScanDialog = ({ image, onClose }: { image: string; onClose: () => void }) => {
  const scan = useMutation(rpc.runtimes.scan.mutationOptions())
  const { mutate } = scan
  // Effects may run twice, and a scan is long.
  const begun = useRef(false)
  useEffect(() => {
    if (begun.current) return
    begun.current = true
    mutate({ image })
  }, [mutate, image])
  return (
    <Dialog title={`Scan of ${image}`} onClose={onClose} width="l">
      {scan.isPending && <Loading rows={5} label={`Scanning ${image}`} />}
      {scan.error !== null && <Failed error={scan.error} inset={false} onRetry={() => mutate({ image })} />}
      {scan.data !== undefined && <Findings scan={scan.data} />}
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </Dialog>
  )
}
