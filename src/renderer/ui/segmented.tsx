import { useId } from 'react'

export interface SegmentedProps {
  label: string
  value: string
  options: readonly string[]
  onChange: (value: string) => void
  disabled?: boolean
  'aria-describedby'?: string | undefined
}

export const titleOf = (option: string) => option.charAt(0).toUpperCase() + option.slice(1)

/** Real radio buttons under the skin: arrows, names and states come with them. */
export const Segmented = ({ label, value, options, onChange, disabled = false, ...rest }: SegmentedProps) => {
  const name = useId()
  return (
    <div
      role="radiogroup"
      aria-label={label}
      className="inline-flex flex-wrap rounded-s border border-edge bg-panel-2 p-0.5"
      {...rest}
    >
      {options.map((option) => (
        <label
          key={option}
          className="motion relative flex min-h-6 items-center rounded-[5px] border border-transparent px-2.5 text-sm font-[550] text-ink-2 hover:text-ink has-checked:border-accent has-checked:bg-accent-bg has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-(--focus) has-disabled:opacity-60"
        >
          <input
            type="radio"
            className="absolute inset-0 size-full opacity-0"
            name={name}
            value={option}
            checked={option === value}
            disabled={disabled}
            onChange={() => onChange(option)}
          />
          {titleOf(option)}
        </label>
      ))}
    </div>
  )
}
