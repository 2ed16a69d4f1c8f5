/** The options of the app itself; whatever else stands on its command line belongs to Electron. */
import { GantryError } from '../contract/index.ts'

/** `--name value` or `--name=value`. An option without its value is a mistake, not a wish for the default. */
export const optionValue = (argv: readonly string[], name: string): string | undefined => {
  const inline = argv.find((word) => word.startsWith(`${name}=`))
  const index = argv.indexOf(name)
  if (inline === undefined && index === -1) return undefined
  const value = inline?.slice(name.length + 1) ?? argv[index + 1]
  if (value !== undefined && value !== '' && !value.startsWith('--')) return value
  throw new GantryError('E_SCHEMA', `${name} needs a value.`, { hint: `Say ${name} FOLDER, or leave it out.` })
}
