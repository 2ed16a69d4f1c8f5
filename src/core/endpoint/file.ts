/** The owner-only file that tells the command line and the shim where this Gantry is and how to get in. */
import { closeSync, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { HostMode } from '../../contract/index.ts'

const EndpointSchema = z.object({
  pid: z.int(),
  startedAt: z.string(),
  version: z.string(),
  mode: HostMode,
  url: z.string().nullable(),
  socket: z.string(),
  token: z.string(),
})
export type Endpoint = z.infer<typeof EndpointSchema>

export const endpointFile = (home: string): string => join(home, 'run', 'endpoint.json')

export const writeEndpoint = (home: string, endpoint: Endpoint): void => {
  const file = endpointFile(home)
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, `${JSON.stringify(endpoint, null, 2)}\n`, { mode: 0o600 })
  renameSync(temporary, file)
}

type LookUp = { state: 'found'; endpoint: Endpoint } | { state: 'missing' } | { state: 'unusable'; problem: string }

/** What others could have written may lead anywhere, and what others can read opens the door to them. */
const unsafety = ({ uid, mode }: { uid: number; mode: number }): string | undefined => {
  if (process.getuid === undefined) return undefined
  if (uid !== process.getuid()) return 'it belongs to another user'
  return (mode & 0o077) === 0 ? undefined : 'others than its owner may use it'
}

const parse = (text: string): LookUp => {
  try {
    return { state: 'found', endpoint: EndpointSchema.parse(JSON.parse(text)) }
  } catch {
    return { state: 'unusable', problem: 'it does not hold what Gantry writes there' }
  }
}

export const lookUpEndpoint = (home: string): LookUp => {
  let handle: number | undefined
  try {
    handle = openSync(endpointFile(home), 'r')
    const problem = unsafety(fstatSync(handle))
    return problem === undefined ? parse(readFileSync(handle, 'utf8')) : { state: 'unusable', problem }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    return code === 'ENOENT' ? { state: 'missing' } : { state: 'unusable', problem: message }
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}

/** For those to whom it is the same why nobody can be reached through it. */
export const readEndpoint = (home: string): Endpoint | undefined => {
  const found = lookUpEndpoint(home)
  return found.state === 'found' ? found.endpoint : undefined
}

/** For the one that has the claim on the folder: what lies there is from a Gantry that was killed. */
export const clearEndpoint = (home: string): void => rmSync(endpointFile(home), { force: true })

export const removeEndpoint = (home: string): void => {
  if (readEndpoint(home)?.pid === process.pid) rmSync(endpointFile(home), { force: true })
}
