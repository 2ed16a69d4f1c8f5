/** Which addresses belong to the public internet. Everything else is refused, whatever a list says. */
import { BlockList, isIP } from 'node:net'

/** From the IANA registries of special-purpose addresses, and the clouds' places for metadata outside of them. */
const IPV4: readonly (readonly [network: string, prefix: number, what: string])[] = [
  ['0.0.0.0', 8, 'an address of this machine'],
  ['10.0.0.0', 8, 'a private address'],
  ['100.64.0.0', 10, 'an address shared behind a carrier'],
  ['127.0.0.0', 8, 'an address of this machine'],
  ['169.254.0.0', 16, 'a link-local address, where clouds keep their metadata'],
  ['172.16.0.0', 12, 'a private address'],
  ['192.0.0.0', 24, 'a reserved address'],
  ['192.0.2.0', 24, 'an address for documentation'],
  ['192.88.99.0', 24, 'a reserved address'],
  ['192.168.0.0', 16, 'a private address'],
  ['198.18.0.0', 15, 'an address for measurements'],
  ['198.51.100.0', 24, 'an address for documentation'],
  ['203.0.113.0', 24, 'an address for documentation'],
  ['224.0.0.0', 4, 'a multicast address'],
  ['240.0.0.0', 4, 'a reserved address'],
  ['168.63.129.16', 32, 'an address where a cloud keeps its metadata'],
]

/** Within 2000::/3, which is all of IPv6 that is public. */
const IPV6: typeof IPV4 = [
  ['2001::', 23, 'a reserved address'],
  ['2001:db8::', 32, 'an address for documentation'],
  ['2002::', 16, 'an address that stands for an IPv4 one'],
  ['3fff::', 20, 'an address for documentation'],
]

/** For better words only: these lie outside 2000::/3. */
const IPV6_KNOWN: typeof IPV4 = [
  ['::1', 128, 'an address of this machine'],
  ['::', 128, 'an address of this machine'],
  ['::ffff:0:0', 96, 'an address that stands for an IPv4 one'],
  ['64:ff9b:1::', 48, 'a private address'],
  ['fc00::', 7, 'a private address'],
  ['fe80::', 10, 'a link-local address'],
  ['ff00::', 8, 'a multicast address'],
]

const rangeOf = (network: string, prefix: number): BlockList => {
  const list = new BlockList()
  list.addSubnet(network, prefix, isIP(network) === 4 ? 'ipv4' : 'ipv6')
  return list
}
const rangesOf = (table: typeof IPV4) =>
  table.map(([network, prefix, what]) => ({ what, range: rangeOf(network, prefix) }))

const NAT64_BITS = 96

export interface AddressJudge {
  /** What kind of address it is, where it is not a public one. */
  whyNotPublic: (address: string) => string | null
}

export const createAddressJudge = (): AddressJudge => {
  const four = rangesOf(IPV4)
  const six = rangesOf([...IPV6, ...IPV6_KNOWN])
  const unicast = rangeOf('2000::', 3)
  const nat64 = rangeOf('64:ff9b::', NAT64_BITS)
  // Where a network has IPv6 only, each IPv4 address has a twin in here.
  const throughNat64 = rangesOf(
    IPV4.map(([network, prefix, what]) => [`64:ff9b::${network}`, NAT64_BITS + prefix, what] as const),
  )

  const whyNotPublic = (address: string): string | null => {
    const family = isIP(address)
    if (family === 4) return four.find(({ range }) => range.check(address, 'ipv4'))?.what ?? null
    if (family !== 6 || address.includes('%')) return 'no address of the internet'
    if (nat64.check(address, 'ipv6')) {
      return throughNat64.find(({ range }) => range.check(address, 'ipv6'))?.what ?? null
    }
    const known = six.find(({ range }) => range.check(address, 'ipv6'))?.what
    return known ?? (unicast.check(address, 'ipv6') ? null : 'a reserved address')
  }
  return { whyNotPublic }
}
