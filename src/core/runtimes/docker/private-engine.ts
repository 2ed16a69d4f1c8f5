/** For tests: an engine of one's own, to be stopped and killed. Only root can have one, where Docker is installed. */
import type Docker from 'dockerode'
import { type ChildProcess, type StdioOptions, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { plainEngine, until } from './testing.ts'

const DOCKERD = ['/usr/sbin/dockerd', '/usr/bin/dockerd', '/usr/local/bin/dockerd'].find((file) => existsSync(file))

/** Why there cannot be one here, or nothing. */
export const whyNoPrivateEngine = (): string | undefined => {
  if (process.platform !== 'linux') return 'not on Linux'
  if (process.getuid?.() !== 0) return 'not root'
  return DOCKERD === undefined ? 'Docker is not installed' : undefined
}

export const startPrivateEngine = async (options: readonly string[] = []) => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-private-engine-'))
  const host = `unix://${join(folder, 'docker.sock')}`
  const engine: Docker = plainEngine(host)
  let daemon: ChildProcess | undefined

  const start = async () => {
    // Of one that was killed, and of its helper that went with it.
    for (const file of ['pid', 'exec/containerd/containerd.pid']) rmSync(join(folder, file), { force: true })
    const places = [
      '--data-root',
      join(folder, 'data'),
      '--exec-root',
      join(folder, 'exec'),
      '--pidfile',
      join(folder, 'pid'),
    ]
    // In a network of its own: an engine without a bridge takes away the one that is there, which is another engine's.
    const apart = ['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--log-level', 'error']
    const log = openSync(join(folder, 'log'), 'w')
    const stdio: StdioOptions = ['ignore', log, log]
    const command = [DOCKERD ?? 'dockerd', '--host', host, ...places, ...apart, ...options]
    daemon = spawn('/usr/bin/unshare', ['--net', ...command], { stdio })
    closeSync(log)
    await until(async () => {
      if (typeof daemon?.exitCode === 'number')
        throw new Error(`the private engine ended: ${readFileSync(join(folder, 'log'), 'utf8').slice(-500)}`)
      return engine.ping().then(
        () => true,
        () => undefined,
      )
    }, 'the private engine')
  }
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return
    const ended = once(daemon, 'exit')
    daemon.kill(signal)
    await ended
  }
  onTestFinished(async () => {
    await removeAll(engine)
    await end('SIGTERM')
    endHelpers(folder)
    unmountBelow(folder)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  await start()
  const image = await plainEngine().getImage('gantry-test/node').get()
  const loaded = await engine.loadImage(image)
  await new Promise((resolve, reject) =>
    engine.modem.followProgress(loaded, (error: Error | null) => (error ? reject(error) : resolve(undefined))),
  )
  await engine.getImage('gantry-test/node').inspect()
  return { host, engine, start, end }
}

const removeAll = async (engine: Docker): Promise<void> => {
  const all = await engine.listContainers({ all: true }).catch(() => [])
  await Promise.all(
    all.map(({ Id }) =>
      engine
        .getContainer(Id)
        .remove({ force: true })
        .catch(() => undefined),
    ),
  )
}

/** A daemon that was killed leaves helpers behind: all of them name its folder. */
const endHelpers = (folder: string): void => {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (Number(pid) !== process.pid && command.includes(folder)) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // Ended meanwhile.
    }
  }
}

const unmountBelow = (folder: string): void => {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
  for (const mount of mounts.filter((place) => place.startsWith(folder)).toReversed())
    execFileSync('/usr/bin/umount', ['-l', mount])
}
