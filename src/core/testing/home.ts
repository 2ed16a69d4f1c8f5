/** Folders and ports that belong to one test. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

export type Cleanup = (task: () => void | Promise<void>) => void

/**
 * For what all tests of a file share. Called where the file is read: vitest passes over an `afterAll` that is first said
 * inside a `beforeAll`. What was opened last is closed first.
 */
export const suiteCleanup = (): Cleanup => {
  const tasks: (() => void | Promise<void>)[] = []
  afterAll(async () => {
    for (const task of tasks.toReversed()) await task()
  })
  return (task) => void tasks.push(task)
}

export const tempHome = (cleanup: Cleanup = onTestFinished): string => {
  const home = mkdtempSync(join(tmpdir(), 'gantry-test-'))
  cleanup(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))
  return home
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

/** The environment of a child: nothing of the one the tests run in that Gantry would listen to. */
export const testEnv = (home: string, port: number): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  GANTRY_HOME: home,
  XDG_DATA_HOME: home,
  GANTRY_HTTP_PORT: String(port),
  NO_COLOR: '1',
  // Node keeps what it compiled from one child to the next: each starts in half the time.
  NODE_COMPILE_CACHE: join(tmpdir(), `gantry-test-compiled-${process.getuid?.() ?? 0}`),
})

/** Every file and folder below one, the folder itself included. */
export const walk = (folder: string): string[] => [
  folder,
  ...readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
  ),
]

/** Waits for what another process does and does not announce; fails with what it last saw. */
export const until = async <T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> => {
  const deadline = performance.now() + 50_000
  while (performance.now() < deadline) {
    const seen = await look()
    if (seen !== undefined) return seen
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error(`waited in vain for ${what}`)
}
