// The few calls of the Docker API that the scripts need, over the engine's socket.
import { request } from 'node:http'

/**
 * @typedef {(method: string, path: string, body?: unknown) => Promise<{ status: number, text: string }>} Call
 */

/**
 * @param {string} host unix:///path or tcp://host:port
 * @returns {Call}
 */
export const dockerApi = (host) => (method, path, body) =>
  new Promise((resolve, reject) => {
    const stream = isStream(body) ? body : undefined
    const json = body !== undefined && !stream ? JSON.stringify(body) : undefined
    const headers = json
      ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }
      : { 'content-type': 'application/x-tar' }
    const target = host.startsWith('unix://') ? { socketPath: host.slice('unix://'.length) } : tcpTarget(host)
    const call = request({ ...target, method, path, headers, timeout: 120_000 }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    call.once('error', reject)
    call.once('timeout', () => call.destroy(new Error(`${method} ${path}: no answer from the engine`)))
    if (stream) stream.pipe(call)
    else call.end(json)
  })

/** @param {unknown} body @returns {body is NodeJS.ReadableStream} */
const isStream = (body) => typeof body === 'object' && body !== null && 'pipe' in body

/** @param {string} host */
function tcpTarget(host) {
  const url = new URL(host.replace(/^tcp:/, 'http:'))
  return { host: url.hostname, port: url.port }
}

/** @param {string} host */
export async function answers(host) {
  try {
    return (await dockerApi(host)('GET', '/_ping')).status === 200
  } catch {
    return false
  }
}

/**
 * Runs a container to its end and returns what it printed.
 * @param {string} host
 * @param {string} image
 * @param {string[]} command
 */
export async function runContainer(host, image, command) {
  const call = dockerApi(host)
  const created = await call('POST', '/containers/create', {
    Image: image,
    Cmd: command,
    Tty: true,
    NetworkDisabled: true,
  })
  if (created.status !== 201) throw new Error(`The engine did not create a container: ${created.text}`)
  const id = JSON.parse(created.text).Id
  try {
    const started = await call('POST', `/containers/${id}/start`)
    if (started.status !== 204) throw new Error(`The engine did not start a container: ${started.text}`)
    await call('POST', `/containers/${id}/wait`)
    return (await call('GET', `/containers/${id}/logs?stdout=1&stderr=1`)).text
  } finally {
    await call('DELETE', `/containers/${id}?force=1`)
  }
}
