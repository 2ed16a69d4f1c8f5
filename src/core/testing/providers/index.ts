/**
 * Owns the stand-in for providers of models: a process that speaks their protocols and does what the last message says.
 * Promises to tell what it was asked, headers included, and to end with the test that started it.
 * Never part of the product.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { NODE } from '../cli.ts'
import type { Cleanup } from '../home.ts'

export interface SeenRequest {
  method: string
  path: string
  headers: Record<string, string>
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any
  left: boolean
}

export const startProvider = async (cleanup: Cleanup = onTestFinished) => {
  const child = spawn(NODE, [join(import.meta.dirname, 'stand-in.ts')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  cleanup(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = line.toString().trim()
  const look = async () => (await (await fetch(`${url}/_seen`)).json()) as { seen: SeenRequest[]; connections: number }
  return {
    url,
    seen: async (): Promise<SeenRequest[]> => (await look()).seen,
    connections: async (): Promise<number> => (await look()).connections,
    forget: async () => void (await fetch(`${url}/_forget`, { method: 'POST' })),
  }
}

export type Provider = Awaited<ReturnType<typeof startProvider>>
