/** The smoke test of an image: Node runs in it as the user that may nothing, and the scripts are there. */
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { GantryError } from '../../../contract/index.ts'
import type { Engine } from '../docker/index.ts'

const LOOK = `
const { accessSync, readFileSync, writeFileSync } = require('node:fs')
accessSync('/opt/gantry/agent.mjs'); accessSync('/opt/gantry/hello.mjs'); accessSync('/opt/gantry/assistant.mjs')
let readOnly = false
try { writeFileSync('/opt/gantry/x', '') } catch { readOnly = true }
process.stdout.write(JSON.stringify({ node: process.versions.node, uid: process.getuid(), readOnly }))
`

const Seen = z.object({ node: z.string(), uid: z.literal(10_001), readOnly: z.literal(true) })

export const tryOut = async (engine: Engine, image: string, seccomp: string, signal: AbortSignal): Promise<void> => {
  const container = await engine.call(
    'make a container to try the image',
    (docker) =>
      docker.createContainer({
        Image: image,
        Entrypoint: [],
        Cmd: ['/usr/local/bin/node', '-e', LOOK],
        User: '10001:10001',
        HostConfig: {
          NetworkMode: 'none',
          ReadonlyRootfs: true,
          CapDrop: ['ALL'],
          SecurityOpt: ['no-new-privileges', `seccomp=${seccomp}`],
          Memory: 512 * 1024 * 1024,
          PidsLimit: 64,
        },
      }),
    'act',
    signal,
  )
  try {
    await engine.call('start it', () => container.start(), 'act', signal)
    const { StatusCode: code } = (await engine.call('wait for it', () => container.wait(), 'act', signal)) as {
      StatusCode: number
    }
    const [out, err] = await Promise.all(
      [{ stdout: true }, { stderr: true }].map((which) =>
        engine.call('read what it wrote', async () => plain(await container.logs({ ...which, follow: false }))),
      ),
    )
    const seen = code === 0 ? Seen.safeParse(parse(out ?? '')) : undefined
    if (seen?.success === true) return
    throw new GantryError(
      'E_RUNTIME',
      `The image does not work: ${(err ?? '').trim().split('\n').at(-1) || out || `exit code ${code}`}`,
      {
        hint: 'It has to hold Node at /usr/local/bin/node and the scripts of Gantry in /opt/gantry.',
      },
    )
  } finally {
    await engine.call('remove it', () => container.remove({ force: true })).catch(() => undefined)
  }
}

const parse = (words: string): unknown => {
  try {
    return JSON.parse(words)
  } catch {
    return undefined
  }
}

/** Logs of a container without a terminal come in frames, each with a head of eight bytes. */
const plain = async (answer: unknown): Promise<string> => {
  const bytes = Buffer.isBuffer(answer) ? answer : Buffer.from(await text(answer as Readable), 'latin1')
  const parts: Buffer[] = []
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = bytes.readUInt32BE(at + 4)
    parts.push(bytes.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return Buffer.concat(parts).toString('utf8')
}
