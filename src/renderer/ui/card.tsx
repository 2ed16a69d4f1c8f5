import { type ReactNode, useId } from 'react'

export interface CardProps {
  title: string
  note?: ReactNode
  actions?: ReactNode
  children: ReactNode
  className?: string
}

export const Card = ({ title, note, actions, children, className = '' }: CardProps) => {
  const id = useId()
  return (
    <section aria-labelledby={id} className={`card min-w-0 ${className}`}>
      <div className="flex min-h-[41px] flex-wrap items-center gap-x-2 gap-y-1 border-b border-line px-(--inset) py-1.5">
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        {note !== undefined && <span className="text-sm text-ink-3">{note}</span>}
        {actions !== undefined && <div className="ml-auto flex items-center gap-2">{actions}</div>}
      </div>
      {children}
    </section>
  )
}
