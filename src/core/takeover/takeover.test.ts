import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { type Server, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { GantryError, type HostMode } from '../../contract/index.ts'
import { writeEndpoint } from '../endpoint/index.ts'
import { claimOrTakeOver } from './index.ts'

let home = ''
let server: Server | undefined
let asked: string[] = []

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gantry-takeover-'))
  mkdirSync(join(home, 'run'))
  asked = []
})
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
  rmSync(home, { recursive: true })
})

const socket = () => join(home, 'run', 'gantry.sock')
const announce = (mode: HostMode, pid = 1) =>
  writeEndpoint(home, { pid, startedAt: '', version: '', mode, url: null, socket: socket(), token: 'the token' })

/** Somebody who holds the folder until asked to stop. */
const openHost = async (mode: HostMode) => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    response.end('{}')
  })
  await new Promise<void>((resolve) => server?.listen(socket(), resolve))
  announce(mode)
}
const taken = () => new GantryError('E_CONFLICT', 'taken')

test('an attached host is asked to stop, with its token, and the claim succeeds once it did', async () => {
  await openHost('attached')
  let tries = 0
  const claim = () => {
    tries += 1
    if (asked.length === 0 || tries < 4) throw taken()
    return 'ours'
  }
  expect(await claimOrTakeOver(home, claim)).toBe('ours')
  expect(asked).toEqual(['POST /system/stop Bearer the token'])
})

test.each(['headless', 'window'] as const)('a %s host is left alone', async (mode) => {
  await openHost(mode)
  await expect(
    claimOrTakeOver(home, () => {
      throw taken()
    }),
  ).rejects.toThrow('taken')
  expect(asked).toEqual([])
})

test('an error that is no claim of somebody else passes at once, whoever ran here before', async () => {
  announce('attached')
  let tries = 0
  const claim = () => {
    tries += 1
    throw new GantryError('E_SCHEMA', 'a bad setting')
  }
  await expect(claimOrTakeOver(home, claim)).rejects.toThrow('a bad setting')
  expect(tries).toBe(1)
})

test('another attached host that a client started meanwhile is asked as well, each once', async () => {
  await openHost('attached')
  let tries = 0
  const claim = () => {
    tries += 1
    if (tries === 3) announce('attached', 2)
    if (tries < 6) throw taken()
    return 'ours'
  }
  expect(await claimOrTakeOver(home, claim)).toBe('ours')
  expect(asked).toHaveLength(2)
})

test('one that has not said yet who it is gets a moment to do so, or to end', async () => {
  let tries = 0
  const claim = () => {
    tries += 1
    if (tries < 3) throw taken()
    return 'ours'
  }
  expect(await claimOrTakeOver(home, claim)).toBe('ours')
})

test('waiting ends with the signal of whoever started it', async () => {
  await openHost('attached')
  const stop = new AbortController()
  const claim = () => {
    if (asked.length > 0) stop.abort()
    throw taken()
  }
  await expect(claimOrTakeOver(home, claim, stop.signal)).rejects.toThrow('abort')
})
