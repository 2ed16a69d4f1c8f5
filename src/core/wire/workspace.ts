/** The workspace of a box over the wire: files in, what changed, files out. Paths from inside are looked at twice. */
import { type ChangesAnswer, MAX_DATA_BYTES, PART_BYTES, decodeBytes, encodeBytes } from '../../wire/index.ts'
import type { Asking } from './asking.ts'
import { WireViolation, readBytes } from './frames.ts'
import type { ChangedFile, Wire } from './types.ts'

const KINDS = ['added', 'changed', 'removed'] as const
const PATH_MOST = 4096
const FILES_MOST = 100_000

const isPlainPath = (path: unknown): path is string =>
  typeof path === 'string' &&
  path.length > 0 &&
  path.length <= PATH_MOST &&
  !path.includes('\0') &&
  path.isWellFormed() &&
  path.split('/').every((name) => name !== '' && name !== '.' && name !== '..')

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

const readChange = (value: unknown): ChangedFile => {
  const { path, kind, mode, bytes } = (value ?? {}) as Record<string, unknown>
  const known = KINDS.find((name) => name === kind)
  if (!isPlainPath(path)) throw new WireViolation('a path that leaves the workspace')
  if (known === undefined || !isCount(mode) || mode > 0o777 || !isCount(bytes)) {
    throw new WireViolation('a change that is none')
  }
  return { path, kind: known, mode, bytes }
}

const readChanges = (result: unknown): ChangesAnswer => {
  const { files, more } = (result ?? {}) as Record<string, unknown>
  if (!Array.isArray(files) || typeof more !== 'boolean' || (more && files.length === 0)) {
    throw new WireViolation('changes that are none')
  }
  return { files: files.map(readChange), more }
}

const readPart = (result: unknown): { bytes: Buffer; last: boolean } => {
  const part = (result ?? {}) as Record<string, unknown>
  const { last } = part
  const bytes = decodeBytes(readBytes(part, MAX_DATA_BYTES, 'the bytes of a file'))
  if (typeof last !== 'boolean' || (!last && bytes.length === 0))
    throw new WireViolation('a part of a file that is none')
  return { bytes, last }
}

/** Parts of the size that the wire carries, whatever sizes they come in. At least one, also of an empty file. */
async function* partsOf(content: AsyncIterable<Buffer>): AsyncGenerator<{ bytes: Buffer; last: boolean }, void, void> {
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of content) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    while (held.length > PART_BYTES) {
      yield { bytes: held.subarray(0, PART_BYTES), last: false }
      held = held.subarray(PART_BYTES)
    }
  }
  yield { bytes: held, last: true }
}

export const createWorkspace = ({ ask }: Asking): Pick<Wire, 'put' | 'baseline' | 'changes' | 'read'> => {
  const nothing = () => undefined

  async function* changes(): AsyncGenerator<ChangedFile, void, void> {
    let after: string | null = null
    for (let seen = 0; ;) {
      const page: ChangesAnswer = await ask('changes', { after }, readChanges)
      yield* page.files
      seen += page.files.length
      after = page.files.at(-1)?.path ?? null
      if (!page.more || seen >= FILES_MOST) return
    }
  }

  async function* read(path: string): AsyncGenerator<Buffer, void, void> {
    for (let part = 0; ; part += 1) {
      const { bytes, last } = await ask('read', { path, part }, readPart)
      if (bytes.length > 0) yield bytes
      if (last) return
    }
  }

  return {
    put: async ({ path, mode, content }) => {
      let part = 0
      for await (const { bytes, last } of partsOf(content)) {
        await ask('put', { path, mode, part, last, ...encodeBytes(bytes) }, nothing)
        part += 1
      }
    },
    baseline: () => ask('baseline', {}, nothing),
    changes,
    read,
  }
}
