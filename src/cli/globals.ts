/** The options that mean the same for every command. */
import { GantryError } from '../contract/index.ts'

export interface Globals {
  home: string | undefined
  json: boolean
  yes: boolean
  help: boolean
  version: boolean
  /** How a client starts Gantry for itself; not for people. */
  attached: boolean
  idleSeconds: number | undefined
}

type Flag = 'json' | 'yes' | 'help' | 'version' | 'attached'

const FLAGS: Record<string, Flag> = {
  '--json': 'json',
  '--yes': 'yes',
  '-y': 'yes',
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '--attached': 'attached',
}

const VALUES: Record<string, (globals: Globals, value: string) => void> = {
  '--home': (globals, value) => (globals.home = value),
  '--idle-seconds': (globals, value) => {
    const seconds = Number(value)
    if (!(seconds > 0))
      throw new GantryError('E_SCHEMA', `--idle-seconds takes a number above 0, not "${value}".`, {
        hint: 'See `gantry --help`.',
      })
    globals.idleSeconds = seconds
  },
}

/** Takes them from wherever they stand before a `--`; the rest belongs to the command. */
export const takeGlobals = (words: readonly string[]): { globals: Globals; rest: string[] } => {
  const globals: Globals = {
    home: undefined,
    json: false,
    yes: false,
    help: false,
    version: false,
    attached: false,
    idleSeconds: undefined,
  }
  const end = words.includes('--') ? words.indexOf('--') : words.length
  const left = words.slice(0, end)
  const rest: string[] = []
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const [name = '', inline] = /^(--[^=]+)=(.*)$/s.exec(word)?.slice(1) ?? [word]
    const flag = FLAGS[word]
    const take = VALUES[name]
    if (flag !== undefined) globals[flag] = true
    else if (take === undefined) rest.push(word)
    else {
      const value = inline ?? left.shift()
      // A folder may have such a name, but somebody who forgot it is more likely: `--home=--json` is clear.
      const isForgotten = value === undefined || value === '' || (inline === undefined && value.startsWith('--'))
      if (isForgotten) throw new GantryError('E_SCHEMA', `${name} needs a value.`, { hint: 'See `gantry --help`.' })
      take(globals, value)
    }
  }
  return { globals, rest: [...rest, ...words.slice(end)] }
}
