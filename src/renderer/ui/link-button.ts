/** A link that looks like what it stands beside. */
export const LINK_BUTTON =
  'motion inline-flex min-h-[30px] items-center gap-[7px] rounded-s border border-line-strong bg-panel px-3 font-[550] whitespace-nowrap text-ink hover:bg-hover'

export const LINK_BUTTON_SMALL =
  'motion inline-flex min-h-6 items-center gap-1.5 rounded-s border border-line-strong bg-panel px-2 text-sm font-[550] whitespace-nowrap text-ink hover:bg-hover'

export const LINK_BUTTON_PRIMARY =
  'motion inline-flex min-h-[30px] items-center gap-[7px] rounded-s border border-accent bg-accent px-3 font-[550] whitespace-nowrap text-accent-ink hover:bg-[color-mix(in_oklab,var(--accent),var(--text)_12%)]'
