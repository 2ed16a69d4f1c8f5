export interface SwitchProps {
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
  label?: string
  id?: string
  'aria-describedby'?: string | undefined
}

/** The knob carries a mark as well as a place, so that on and off differ by more than colour. */
export const Switch = ({ checked, onChange, disabled = false, label, ...rest }: SwitchProps) => (
  <button
    type="button"
    role="switch"
    aria-checked={checked}
    aria-label={label}
    disabled={disabled}
    onClick={() => onChange(!checked)}
    className={`motion relative inline-flex h-5 w-9 flex-none items-center rounded-full border disabled:opacity-60 ${checked ? 'border-accent bg-accent' : 'border-edge bg-panel-2'}`}
    {...rest}
  >
    <span
      className={`motion grid size-3.5 place-items-center rounded-full ${checked ? 'translate-x-[18px] bg-accent-ink' : 'translate-x-0.5 bg-ink-3'}`}
    >
      {checked && (
        <svg viewBox="0 0 10 10" aria-hidden="true" className="size-2.5">
          <path
            d="M2.2 5.3 4.3 7.2 7.8 3"
            fill="none"
            stroke="var(--accent)"
            strokeWidth="1.7"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </svg>
      )}
    </span>
  </button>
)
