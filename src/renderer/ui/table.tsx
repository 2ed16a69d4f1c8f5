import type { ReactNode } from 'react'

export interface Column {
  name: string
  align?: 'right'
  /** Its name is for those who hear the table; those who see it know from what stands there. */
  hidden?: boolean
  className?: string
}

export interface TableProps {
  label: string
  columns: readonly Column[]
  /** Names the box around a table that scrolls for itself: it then takes focus, to be scrolled by keys. */
  region?: string
  className?: string
  children: ReactNode
}

export const Table = ({ label, columns, region, className = '', children }: TableProps) => (
  <div
    className={`relative overflow-auto ${className}`}
    {...(region === undefined ? {} : { role: 'region', 'aria-label': region, tabIndex: 0 })}
  >
    <table aria-label={label} className="w-full border-collapse text-left">
      <thead>
        <tr className="border-b border-line">
          {columns.map(({ name, align, hidden, className = '' }) => (
            <th
              key={name}
              scope="col"
              className={`cell text-sm font-medium whitespace-nowrap text-ink-3 ${align === 'right' ? 'text-right' : ''} ${className}`}
            >
              {hidden === true ? <span className="sr-only">{name}</span> : name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
)

export const ROW = 'motion border-b border-line last:border-b-0 hover:bg-hover focus-within:bg-hover'
