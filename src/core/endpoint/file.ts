/** The owner-only file that tells the command line and the shim where this Gantry is and how to get in. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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

/** Nothing there and something unreadable there mean the same: nobody can be reached through it. */
export const readEndpoint = (home: string): Endpoint | undefined => {
  try {
    return EndpointSchema.parse(JSON.parse(readFileSync(endpointFile(home), 'utf8')))
  } catch {
    return undefined
  }
}

/** For the one that has the claim on the folder: what lies there is from a Gantry that was killed. */
export const clearEndpoint = (home: string): void => rmSync(endpointFile(home), { force: true })

export const removeEndpoint = (home: string): void => {
  if (readEndpoint(home)?.pid === process.pid) rmSync(endpointFile(home), { force: true })
}
