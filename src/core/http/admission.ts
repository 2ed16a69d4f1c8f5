/**
 * Who may knock at all, before any key is looked at. A web page must not reach us through a name that was pointed
 * at this machine (DNS rebinding), nor from another origin, be it another port of this machine.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { GantryError } from '../../contract/index.ts'

export interface Admission {
  port: number | undefined
  allowedOrigins: readonly string[]
}

const ownHosts = (port: number | undefined): string[] => [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]

/** Answers the origin to allow in CORS headers, or null where there is none to allow. */
export const admit = ({ host, origin }: IncomingHttpHeaders, { port, allowedOrigins }: Admission): string | null => {
  const hosts = ownHosts(port)
  if (host === undefined || !hosts.includes(host.toLowerCase())) {
    throw new GantryError('E_FORBIDDEN', 'This address does not belong to Gantry.', {
      hint: `Use http://${hosts[0] ?? ''}.`,
    })
  }
  if (origin === undefined || hosts.some((own) => origin === `http://${own}`)) return null
  if (allowedOrigins.includes(origin)) return origin
  throw new GantryError('E_FORBIDDEN', 'Pages of this origin may not call Gantry.', {
    hint: 'Add the origin to the setting http.allowedOrigins if the page is yours.',
  })
}

/** The credential as sent: `Authorization: Bearer …`, or `X-API-Key`. */
export const credentialOf = (headers: IncomingHttpHeaders): string | undefined => {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  const apiKey = headers['x-api-key']
  return bearer ?? (typeof apiKey === 'string' && apiKey !== '' ? apiKey : undefined)
}
