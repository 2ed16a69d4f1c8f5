import { useEffect, useRef, useState } from 'react'
import { toFailure } from '../../errors.ts'
import { formatBytes } from '../../format.ts'
import { client } from '../../rpc.ts'
import { toast } from '../../ui/toast-store.ts'
import { offerFile, readWholeLog } from './save-log.ts'

export interface SaveState {
  /** How far it is; null while nothing is saved. */
  share: number | null
  start: () => void
  cancel: () => void
}

export const useSave = (id: string, name: string): SaveState => {
  const [share, setShare] = useState<number | null>(null)
  const life = useRef<AbortController | null>(null)
  useEffect(() => () => life.current?.abort(), [id])

  const run = async () => {
    const controller = new AbortController()
    life.current = controller
    setShare(0)
    try {
      const blob = await readWholeLog(id, { agents: client.agents, signal: controller.signal, onProgress: setShare })
      offerFile(blob, `${name}.log`)
      toast({ tone: 'ok', title: 'The whole log was read', detail: `${name}.log, ${formatBytes(blob.size)}` })
    } catch (error) {
      if (controller.signal.aborted) return
      const { message, hint } = toFailure(error)
      toast({ tone: 'bad', title: message, detail: hint })
    } finally {
      setShare(null)
    }
  }
  return { share, start: () => void run(), cancel: () => life.current?.abort() }
}
