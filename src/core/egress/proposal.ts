/** From what was asked for to the smallest list that would allow it. */
import { isIP } from 'node:net'
import { createAddressJudge } from './addresses.ts'
import { isUsualPort, normalHost } from './policy.ts'

export interface Asked {
  host: string
  port: number
  allowed: boolean
  reason?: string
}

/** The one refusal that a longer list would have changed. */
export const NOT_ON_LIST = 'not on its list'

const MOST_ENTRIES = 200
const ENOUGH_FOR_WILDCARD = 3

/** Under these, names belong to different owners, though they end alike. */
const SHARED = new Set(
  [
    'github.io githubusercontent.com gitlab.io pages.dev workers.dev vercel.app netlify.app herokuapp.com fly.dev onrender.com',
    'web.app firebaseapp.com appspot.com run.app cloudfunctions.net googleapis.com blogspot.com',
    'amazonaws.com cloudfront.net azurewebsites.net azureedge.net windows.net cloudapp.net trafficmanager.net',
    'ngrok.io ngrok.app ngrok-free.app duckdns.org surge.sh glitch.me repl.co deno.dev supabase.co hf.space',
  ].flatMap((line) => line.split(' ')),
)
const SECOND_LEVEL = /^(?:ac|co|com|edu|gob|gov|go|gv|id|mil|ne|net|nom|or|org|sch)\.[a-z]{2}$/

/** The part of a name that one owner has, as far as can be known without a list of all of them. */
const ownedPart = (host: string): string | undefined => {
  const labels = host.split('.')
  for (let from = Math.max(0, labels.length - 4); from < labels.length - 1; from += 1) {
    const rest = labels.slice(from).join('.')
    if (SHARED.has(rest) || SECOND_LEVEL.test(rest)) return from === 0 ? undefined : labels.slice(from - 1).join('.')
  }
  return labels.length < 2 ? undefined : labels.slice(-2).join('.')
}

const isGrantable = ({ host, allowed, reason }: Asked, whyNotPublic: (address: string) => string | null): boolean => {
  if (isIP(host) !== 0 && whyNotPublic(host) !== null) return false
  return allowed || reason === undefined || reason === NOT_ON_LIST
}

export const propose = (decisions: readonly Asked[]): string[] => {
  const { whyNotPublic } = createAddressJudge()
  /** Port, as an entry has it, to the hosts that were asked for on it. */
  const byPort = new Map<string, Set<string>>()
  for (const decision of decisions) {
    const host = normalHost(decision.host)
    // A list has no way to write an IPv6 address.
    if (host === undefined || isIP(host) === 6 || !isGrantable({ ...decision, host }, whyNotPublic)) continue
    const port = isUsualPort(decision.port) ? '' : `:${decision.port}`
    byPort.set(port, (byPort.get(port) ?? new Set()).add(host))
  }
  const entries = [...byPort].flatMap(([port, hosts]) => merged(hosts).map((host) => host + port))
  return entries.toSorted().slice(0, MOST_ENTRIES)
}

const merged = (hosts: ReadonlySet<string>): string[] => {
  const below = new Map<string, string[]>()
  for (const host of hosts) {
    const parent = isIP(host) === 0 ? ownedPart(host) : undefined
    if (parent !== undefined && host !== parent) below.set(parent, [...(below.get(parent) ?? []), host])
  }
  const wide = [...below].filter(([, names]) => names.length >= ENOUGH_FOR_WILDCARD)
  const covered = new Set(wide.flatMap(([, names]) => names))
  return [...[...hosts].filter((host) => !covered.has(host)), ...wide.map(([parent]) => `*.${parent}`)]
}
