/** A Gantry that somebody has used for a while, in a few calls. */
import type { Gantry } from './stage.ts'

type Answer = Record<string, Record<string, unknown>> & { secret?: string }

const caller = (url: string, token: string) => async (method: string, path: string, body?: unknown) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return (await response.json()) as Answer
}

export const furnish = async (gantry: Gantry): Promise<void> => {
  const url = gantry.url()
  const owner = caller(url, gantry.endpoint().token)
  await owner('POST', '/access/keys', { name: 'Claude Desktop', role: 'client' })
  await owner('POST', '/access/keys', { name: 'laptop cron', role: 'viewer', expiresInDays: 90 })
  const bot = await owner('POST', '/access/keys', { name: 'release bot', role: 'operator' })
  const phone = await owner('POST', '/access/keys', { name: 'old phone', role: 'client' })
  await owner('DELETE', `/access/keys/${String(phone['key']?.['id'])}`, {})
  const asBot = caller(url, bot.secret ?? '')
  await asBot('PUT', '/settings/store.keepBackups', { value: 14 })
  await asBot('POST', '/access/keys', { name: 'more rights', role: 'admin' })
  await owner('POST', '/system/backups', {})
  await owner('PUT', '/settings/http.allowedOrigins', { value: ['http://localhost:3000'] })
  await owner('PUT', '/settings/mcp.maxSessions', { value: 0 })
  await owner('POST', '/system/backups', {})
}
