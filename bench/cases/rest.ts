import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import autocannon from 'autocannon'
import { type Running, endpointOf } from '../support/launch.ts'
import { round } from '../support/numbers.ts'
import { type Row, atLeast, atMost } from '../support/report.ts'

const load = (url: string) => autocannon({ url, connections: 32, duration: 8 })

const warmUp = (url: string) => autocannon({ url, connections: 32, duration: 2 })

/** A server that does nothing but answer, in this process: the floor of Node and the load generator. */
const bareServer = async () => {
  const body = JSON.stringify({ status: 'ok' })
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() }
}

export const rest = async (app: Running): Promise<Row[]> => {
  const url = `${endpointOf(app).url}/health`
  await warmUp(url)
  const ours = await load(url)
  const bare = await bareServer()
  const floor = await load(bare.url)
  bare.stop()
  if (ours.non2xx > 0 || ours.errors > 0) throw new Error(`${ours.non2xx} answers were not 2xx, ${ours.errors} errors`)
  return [
    atLeast('REST GET /health, 32 connections', round(ours.requests.average, 0), 5000, '/s', {
      peer: `bare node:http ${round(floor.requests.average, 0)}/s`,
    }),
    atMost('REST GET /health, p99', ours.latency.p99, 10, 'ms', { peer: `${floor.latency.p99} ms` }),
  ]
}
