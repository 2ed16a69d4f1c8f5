import { OPERATIONS, matchesAll, searchText } from './catalogue.ts'
import { SECTIONS } from '../shell/sections.ts'

export type PaletteItem = { id: string; title: string; detail: string; text: string } & (
  | { kind: 'section'; to: (typeof SECTIONS)[number]['to'] }
  | { kind: 'operation'; operation: string; destructive: boolean }
  | { kind: 'command'; command: 'theme' | 'about' | 'help' }
)

const COMMANDS = [
  { command: 'theme', title: 'Switch between light and dark', detail: 'Theme' },
  { command: 'help', title: 'Show the keyboard', detail: '?' },
  { command: 'about', title: 'About Gantry', detail: 'Version and folders' },
] as const

const PALETTE_ITEMS: readonly PaletteItem[] = [
  ...SECTIONS.map(({ to, label }, index): PaletteItem => ({
    kind: 'section',
    id: `go-${index}`,
    title: label,
    detail: `Go to, Ctrl ${index + 1}`,
    text: `${label} go to page`,
    to,
  })),
  ...OPERATIONS.map((operation): PaletteItem => ({
    kind: 'operation',
    id: `run-${operation.path.join('-')}`,
    title: operation.summary,
    detail: operation.name,
    text: searchText(operation),
    operation: operation.name,
    destructive: operation.meta.effect === 'destructive',
  })),
  ...COMMANDS.map((command): PaletteItem => ({
    kind: 'command',
    id: `do-${command.command}`,
    text: `${command.title} ${command.detail} dark light mode`,
    ...command,
  })),
]

/** All words must be there; what has them in its title or name comes before what has them in its description. */
export const searchItems = (query: string): readonly PaletteItem[] => {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const found = PALETTE_ITEMS.filter((item) => matchesAll(words, item.text))
  const [near, far] = [true, false].map((wanted) =>
    found.filter((item) => matchesAll(words, `${item.title} ${item.detail}`) === wanted),
  )
  return [...(near ?? []), ...(far ?? [])]
}
