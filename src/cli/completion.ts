/** Completion scripts. They ask `gantry __complete words…`, so that they never have to be made again. */
import { GantryError, type Operation } from '../contract/index.ts'
import { type Field, choicesOf, commandWords, fieldsOf } from './fields.ts'

const SCRIPTS: Record<string, string> = {
  bash: `_gantry() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(gantry __complete "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _gantry gantry`,
  zsh: `#compdef gantry
_gantry() {
  local -a candidates
  candidates=("\${(@f)$(gantry __complete "\${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
  compadd -a candidates
}
compdef _gantry gantry`,
  fish: `complete -c gantry -f -a '(gantry __complete (commandline -opc)[2..] 2>/dev/null)'`,
}

export const completionScript = (shell: string | undefined): string => {
  const script = SCRIPTS[shell ?? '']
  if (script !== undefined) return script
  throw new GantryError('E_SCHEMA', `Completion is there for ${Object.keys(SCRIPTS).join(', ')}.`, {
    hint: 'For example: `gantry completion bash >> ~/.bashrc`.',
  })
}

const HOST_WORDS = ['serve', 'mcp', 'completion', 'help']

/** What may come next after these words. */
export const complete = (operations: readonly Operation[], words: readonly string[]): string[] => {
  if (words[0] === 'completion') return words.length === 1 ? Object.keys(SCRIPTS) : []
  if (words[0] === 'help') return complete(operations, words.slice(1)).filter((word) => !HOST_WORDS.includes(word))
  const commands = operations.map((operation) => ({ operation, path: commandWords(operation) }))
  const chosen = commands.find(({ path }) => path.every((word, index) => words[index] === word))
  if (chosen === undefined) {
    const next = commands
      .filter(({ path }) => words.every((word, index) => path[index] === word))
      .flatMap(({ path }) => path[words.length] ?? [])
    return [...new Set([...(words.length === 0 ? HOST_WORDS : []), ...next])]
  }
  const { cli } = chosen.operation.meta
  const fields = fieldsOf(chosen.operation).filter((field) => !field.secret)
  const previous = words.at(-1) ?? ''
  const awaited = fields.find((field) => previous === `--${field.option}`)
  if (awaited !== undefined && awaited.type !== 'boolean') return [...choicesOf(awaited)]
  const place = words.slice(chosen.path.length).filter((word) => !word.startsWith('--')).length
  const positional = fieldAt(fields, cli?.positional ?? [], place)
  return [
    ...(positional === undefined ? [] : choicesOf(positional)),
    ...fields.filter((field) => !field.positional).map((field) => `--${field.option}`),
    ...(cli?.follow === undefined ? [] : ['--follow']),
    '--json',
    '--help',
  ]
}

/** A list goes on for as many words as there are. */
const fieldAt = (fields: readonly Field[], names: readonly string[], place: number): Field | undefined => {
  const ordered = names.flatMap((name) => fields.find((field) => field.positional && field.name === name) ?? [])
  const list = ordered.findIndex(({ type }) => type === 'array')
  return ordered[list === -1 ? place : Math.min(place, list)]
}
