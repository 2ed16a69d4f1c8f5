import { type Virtualizer, type VirtualizerOptions, useVirtualizer } from '@tanstack/react-virtual'

type Given = 'observeElementRect' | 'observeElementOffset' | 'scrollToFn'
type Options = Omit<VirtualizerOptions<HTMLDivElement, HTMLDivElement>, Given>

export type VirtualList = Virtualizer<HTMLDivElement, HTMLDivElement>

/** Only the rows that are seen are in the page. What it answers changes under its user: it is not to be kept in memos. */
export const useVirtualList = (options: Options): VirtualList =>
  // oxlint-disable-next-line react/incompatible-library -- nothing that uses it is memoized by a compiler
  useVirtualizer<HTMLDivElement, HTMLDivElement>(options)
