/** A raw MCP client over kept-alive HTTP: no SDK on this side, so that what is measured is the server. */
import { Agent, request } from 'node:http'

interface Answer {
  status: number
  session: string | undefined
  text: string
}

export const openMcp = async (url: string, key: string | undefined) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  let session: string | undefined
  let id = 0

  const post = (body: unknown) =>
    new Promise<Answer>((resolve, reject) => {
      const text = JSON.stringify(body)
      const call = request(
        url,
        {
          agent,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
            accept: 'application/json, text/event-stream',
            ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
            ...(session === undefined ? {} : { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }),
          },
        },
        (response) => {
          let received = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (received += chunk))
          response.once('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              session: response.headers['mcp-session-id'] as string | undefined,
              text: received,
            }),
          )
        },
      )
      call.once('error', reject)
      call.end(text)
    })

  const opened = await post({
    jsonrpc: '2.0',
    id: (id += 1),
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
  })
  session = opened.session
  await post({ jsonrpc: '2.0', method: 'notifications/initialized' })

  const callTool = async (name: string): Promise<void> => {
    const answer = await post({ jsonrpc: '2.0', id: (id += 1), method: 'tools/call', params: { name, arguments: {} } })
    if (answer.status !== 200 || !answer.text.includes('"result"'))
      throw new Error(`tools/call answered ${answer.status}: ${answer.text.slice(0, 200)}`)
  }
  return { callTool, close: () => agent.destroy() }
}
