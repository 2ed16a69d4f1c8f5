import type { ReactNode } from 'react'

export interface TileProps {
  title: string
  value: string
  note: string
  children: ReactNode
}

/** A number with its picture under it. */
export const Tile = ({ title, value, note, children }: TileProps) => (
  <li className="card flex min-w-0 flex-col overflow-hidden">
    <h3 className="px-(--inset) pt-3 text-sm font-medium text-ink-2">{title}</h3>
    <p className="px-(--inset) whitespace-nowrap">
      <span className="block text-num leading-[1.3] font-[620] tracking-[-0.02em]">{value}</span>
      <span className="block min-h-[17px] truncate text-sm font-medium text-ink-3">{note}</span>
    </p>
    <div className="mt-auto pt-1">{children}</div>
  </li>
)
