import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { download } from './download.mjs'

const content = randomBytes(300_000)
const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`

/** @type {string} */
let folder
/** @type {import('node:http').Server} */
let server
/** @type {(string | undefined)[]} */
let ranges
let honoursRanges = true

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-download-'))
  ranges = []
  honoursRanges = true
  server = createServer((request, response) => {
    ranges.push(request.headers.range)
    const from = honoursRanges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0
    if (from >= content.length) return void response.writeHead(416).end()
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from })
    response.end(content.subarray(from))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const fetchIt = (wanted = integrity) => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return download({ url: `http://127.0.0.1:${port}/file`, integrity: wanted, file: join(folder, 'file') })
}

test('a download goes on where an earlier one was cut off', async () => {
  writeFileSync(join(folder, 'file.part'), content.subarray(0, 120_000))
  await fetchIt()
  expect(ranges).toEqual(['bytes=120000-'])
  expect(readFileSync(join(folder, 'file')).equals(content)).toBe(true)
})

test('a download that was complete but not yet moved in place is not fetched again', async () => {
  writeFileSync(join(folder, 'file.part'), content)
  await fetchIt()
  expect(ranges).toEqual([`bytes=${content.length}-`])
  expect(existsSync(join(folder, 'file'))).toBe(true)
})

test('a download begins again when the server does not continue', async () => {
  honoursRanges = false
  writeFileSync(join(folder, 'file.part'), content.subarray(0, 1000))
  await fetchIt()
  expect(readFileSync(join(folder, 'file')).equals(content)).toBe(true)
})

test('a spoiled part is thrown away and fetched from the beginning', async () => {
  writeFileSync(join(folder, 'file.part'), Buffer.alloc(5000))
  await fetchIt()
  expect(ranges).toEqual(['bytes=5000-', undefined])
  expect(readFileSync(join(folder, 'file')).equals(content)).toBe(true)
})

test('a file with a wrong hash is refused and leaves nothing behind', async () => {
  await expect(fetchIt(`sha512-${Buffer.alloc(64).toString('base64')}`)).rejects.toThrow('expected hash')
  expect(existsSync(join(folder, 'file'))).toBe(false)
  expect(existsSync(join(folder, 'file.part'))).toBe(false)
})

test('a file that is there and right costs no request', async () => {
  writeFileSync(join(folder, 'file'), content)
  await fetchIt()
  expect(ranges).toEqual([])
})

test('a file that is there and was changed since is fetched again', async () => {
  writeFileSync(join(folder, 'file'), 'something else')
  await fetchIt()
  expect(readFileSync(join(folder, 'file')).equals(content)).toBe(true)
})
