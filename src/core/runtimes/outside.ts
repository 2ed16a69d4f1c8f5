/** For tests of escapes: what there is outside of a box, made so that reaching it is noticed. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type Socket, createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Outside } from './escapes.ts'

export type OpenOutside = Outside & {
  /** Whether the process outside still lives. */
  isAlive: () => boolean
}

/** TCP and UDP on one port, on all addresses. */
const listen = async (): Promise<number> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const datagrams = createSocket('udp4', (message, from) => datagrams.send(message, from.port, from.address))
  datagrams.bind(port, '0.0.0.0')
  await once(datagrams, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
    datagrams.close()
  })
  return port
}

export const openOutside = async (engineSocket: string): Promise<OpenOutside> => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-outside-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const secret = randomBytes(16).toString('hex')
  const file = join(folder, 'secret')
  writeFileSync(file, secret, { mode: 0o644 })
  mkdirSync(join(folder, 'home', '.ssh'), { recursive: true })
  writeFileSync(join(folder, 'home', '.ssh', 'id_ed25519'), secret)

  const victim = spawn('sleep', ['1000'], {
    env: { PATH: process.env['PATH'] ?? '', OUTSIDE: secret },
    stdio: 'ignore',
  })
  await once(victim, 'spawn')
  onTestFinished(() => void victim.kill('SIGKILL'))

  const addresses = Object.values(networkInterfaces()).flatMap((some) => some ?? [])
  return {
    architecture: process.arch === 'arm64' ? 'arm64' : 'x64',
    file,
    secret,
    homeFolder: join(folder, 'home'),
    pid: victim.pid ?? 0,
    address: addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.2',
    port: await listen(),
    engineSocket,
    isAlive: () => victim.exitCode === null && victim.signalCode === null,
  }
}
