/** Descriptors that came down from whoever started Gantry: bubblewrap would hand them on into the box. */
import { closeSync, readdirSync, readFileSync } from 'node:fs'

const CLOSE_ON_EXEC = 0o2000000
const STDIO = 2

const isHandedOn = (descriptor: number): boolean => {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0
  } catch {
    // The one that the folder itself was read with.
    return false
  }
}

/** Node closes its own on exec, so whatever else there is came from outside. */
export const closeInherited = (): void => {
  for (const descriptor of readdirSync('/proc/self/fd').map(Number)) {
    if (descriptor > STDIO && isHandedOn(descriptor)) closeSync(descriptor)
  }
}
