import { memo } from 'react'
import { formatBytes, formatNumber } from '../../format.ts'
import { sparkPath } from '../../ui/spark-path.ts'
import { useSamples } from './samples.ts'

const FRAME = { width: 120, height: 22, floor: 0, slots: 30 } as const
/** Below this, processor time is drawn low: noise must not look like a storm. */
const CPU_CEILING = 25

/** Processor as a filled line, memory as a dashed one: told apart without colour. */
export const RowSpark = memo(function RowSpark({ id }: { id: string }) {
  const samples = useSamples(id)
  const last = samples.at(-1)
  if (last === undefined) return <span className="text-ink-3">–</span>
  const cpu = sparkPath(
    samples.map((sample) => sample.cpuPercent),
    { ...FRAME, ceiling: CPU_CEILING },
  )
  const memory = samples.map((sample) => sample.memoryBytes)
  const label = `CPU ${formatNumber(last.cpuPercent)} %, memory ${formatBytes(last.memoryBytes)}`
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${FRAME.width} ${FRAME.height}`}
      preserveAspectRatio="none"
      className="block h-[22px] w-full"
    >
      <title>{label}</title>
      <path
        d={`${cpu}L${FRAME.width} ${FRAME.height}L${cpu.slice(1, cpu.indexOf(' '))} ${FRAME.height}Z`}
        fill="var(--busy)"
        opacity="0.16"
      />
      <path d={cpu} fill="none" stroke="var(--busy)" strokeWidth="1.4" vectorEffect="non-scaling-stroke" />
      <path
        d={sparkPath(memory, { ...FRAME, ceiling: Math.max(...memory) * 1.25 })}
        fill="none"
        stroke="var(--ok)"
        strokeWidth="1.4"
        strokeDasharray="3 2"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
})
