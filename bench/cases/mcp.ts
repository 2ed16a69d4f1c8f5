import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Running, endpointOf } from '../support/launch.ts'
import { openMcp } from '../support/mcp-client.ts'
import { median, percentile, round } from '../support/numbers.ts'
import { type Row, atMost } from '../support/report.ts'

const CALLS = 2000

const timeCalls = async (url: string, key: string | undefined, tool: string): Promise<number[]> => {
  const client = await openMcp(url, key)
  const times: number[] = []
  for (let call = 0; call < CALLS + 200; call += 1) {
    const began = performance.now()
    await client.callTool(tool)
    times.push(performance.now() - began)
  }
  client.close()
  return times.slice(200)
}

const timeBareSdk = async (): Promise<number[]> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'bare', 'mcp.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  try {
    return await timeCalls(line.toString().trim(), undefined, 'echo')
  } finally {
    child.kill()
  }
}

export const mcp = async (app: Running): Promise<Row[]> => {
  const { url, token } = endpointOf(app)
  const ours = await timeCalls(`${url}/mcp`, token, 'system_info')
  const bare = await timeBareSdk()
  return [
    atMost('MCP tools/call, one after the other, p50', round(median(ours)), 2, 'ms', {
      peer: `bare SDK server ${round(median(bare))} ms`,
      note: `p99 ${round(percentile(ours, 0.99))} ms`,
    }),
  ]
}
