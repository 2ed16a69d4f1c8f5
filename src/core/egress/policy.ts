/** What a list of hosts allows. Names are compared, never resolved here. */
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'

/** Without a port, an entry means the two of the web. */
const USUAL_PORTS = new Set([80, 443])

const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/

/** One way to write each host: lower case, no dot at the end, IPv6 without brackets. */
export const normalHost = (given: string): string | undefined => {
  if (given.length > 512 || /[\s/\\?#@%]/.test(given)) return undefined
  const bare = given.startsWith('[') && given.endsWith(']') ? given.slice(1, -1) : given
  if (isIP(bare) === 4) return bare
  if (isIP(bare) === 6) return new URL(`http://[${bare}]`).hostname.slice(1, -1)
  // Also turns the other ways to write an IPv4 address, such as 0x7f.1, into the usual one.
  const name = domainToASCII(bare).replace(/\.$/, '').toLowerCase()
  return NAME.test(name) ? name : undefined
}

interface Rule {
  entry: string
  host: string
  isWildcard: boolean
  port: number | null
}

const ruleOf = (entry: string): Rule | undefined => {
  const [, star, host = '', port] = /^(\*\.)?([^:]+)(?::(\d{1,5}))?$/.exec(entry.trim()) ?? []
  const name = normalHost(host)
  if (name === undefined) return undefined
  return { entry, host: name, isWildcard: star !== undefined, port: port === undefined ? null : Number(port) }
}

const covers = ({ host, isWildcard, port }: Rule, wanted: { host: string; port: number }): boolean => {
  if (port === null ? !USUAL_PORTS.has(wanted.port) : port !== wanted.port) return false
  if (!isWildcard) return wanted.host === host
  return isIP(wanted.host) === 0 && wanted.host.endsWith(`.${host}`)
}

/** The entry that lets it through. The host has to be a normal one. */
export const allowedBy = (allow: readonly string[], wanted: { host: string; port: number }): string | undefined =>
  allow.find((entry) => {
    const rule = ruleOf(entry)
    return rule !== undefined && covers(rule, wanted)
  })

export const isUsualPort = (port: number): boolean => USUAL_PORTS.has(port)
