import { describe, expect, test } from 'vitest'
import { createAddressJudge } from './addresses.ts'
import { allowedBy, normalHost } from './policy.ts'

const { whyNotPublic } = createAddressJudge()

describe('an address', () => {
  test.each([
    ['0.0.0.0', 'an address of this machine'],
    ['10.0.0.1', 'a private address'],
    ['10.255.255.255', 'a private address'],
    ['100.64.0.1', 'an address shared behind a carrier'],
    ['100.100.100.200', 'an address shared behind a carrier'],
    ['127.0.0.1', 'an address of this machine'],
    ['127.255.255.254', 'an address of this machine'],
    ['169.254.169.254', 'a link-local address, where clouds keep their metadata'],
    ['172.16.0.1', 'a private address'],
    ['172.31.255.255', 'a private address'],
    ['192.0.0.192', 'a reserved address'],
    ['192.168.1.1', 'a private address'],
    ['198.18.0.1', 'an address for measurements'],
    ['203.0.113.9', 'an address for documentation'],
    ['224.0.0.1', 'a multicast address'],
    ['239.255.255.255', 'a multicast address'],
    ['255.255.255.255', 'a reserved address'],
    ['168.63.129.16', 'an address where a cloud keeps its metadata'],
    ['::', 'an address of this machine'],
    ['::1', 'an address of this machine'],
    ['0:0:0:0:0:0:0:1', 'an address of this machine'],
    ['::127.0.0.1', 'a reserved address'],
    ['::ffff:127.0.0.1', 'an address that stands for an IPv4 one'],
    ['::ffff:7f00:1', 'an address that stands for an IPv4 one'],
    ['::ffff:93.184.216.34', 'an address that stands for an IPv4 one'],
    ['fc00::1', 'a private address'],
    ['fd00:ec2::254', 'a private address'],
    ['fe80::1', 'a link-local address'],
    ['fe80::1%eth0', 'no address of the internet'],
    ['febf::1', 'a link-local address'],
    ['fec0::1', 'a reserved address'],
    ['ff02::1', 'a multicast address'],
    ['64:ff9b::10.0.0.1', 'a private address'],
    ['64:ff9b::a9fe:a9fe', 'a link-local address, where clouds keep their metadata'],
    ['64:ff9b::127.0.0.1', 'an address of this machine'],
    ['64:ff9b:1::8.8.8.8', 'a private address'],
    ['2001::1', 'a reserved address'],
    ['2001:db8::1', 'an address for documentation'],
    ['2002:7f00:1::', 'an address that stands for an IPv4 one'],
    ['3fff::1', 'an address for documentation'],
    ['100::1', 'a reserved address'],
    ['4000::1', 'a reserved address'],
    ['localhost', 'no address of the internet'],
    ['', 'no address of the internet'],
  ])('%s is %s', (address, what) => {
    expect(whyNotPublic(address)).toBe(what)
  })

  test.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '223.255.255.255',
    '93.184.216.34',
    '2606:4700:4700::1111',
    '2a00:1450:4001:81b::200e',
    '64:ff9b::8.8.8.8',
  ])('%s is public', (address) => {
    expect(whyNotPublic(address)).toBeNull()
  })
})

describe('a host', () => {
  test.each([
    ['Example.COM.', 'example.com'],
    ['exämple.de', 'xn--exmple-cua.de'],
    ['a_b.example.com', 'a_b.example.com'],
    ['localhost', 'localhost'],
    ['1.1.1.1', '1.1.1.1'],
    ['0x7f.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['①②⑦.⓪.⓪.①', '127.0.0.1'],
    ['[::1]', '::1'],
    ['2606:4700:0:0:0:0:0:1111', '2606:4700::1111'],
    ['::FFFF:127.0.0.1', '::ffff:7f00:1'],
  ])('%s is written %s', (given, host) => {
    expect(normalHost(given)).toBe(host)
  })

  test.each([
    '',
    '.',
    'a b',
    'a..b',
    '-a.com',
    'a/b',
    'a@b',
    'a#b',
    'a%2eb',
    'fe80::1%eth0',
    'x'.repeat(64),
    'a.'.repeat(200),
    '*.a.com',
    'a\0b',
    'a:80',
    'a\nb',
  ])('%j is none', (given) => {
    expect(normalHost(given)).toBeUndefined()
  })
})

describe('a list', () => {
  const list = ['example.com', '*.Wild.example', 'ports.example:8443', '*.deep.example:99', '1.1.1.1', '8.8.8.8:53']

  test.each<[string, number, string]>([
    ['example.com', 443, 'example.com'],
    ['example.com', 80, 'example.com'],
    ['a.wild.example', 443, '*.Wild.example'],
    ['a.b.wild.example', 80, '*.Wild.example'],
    ['ports.example', 8443, 'ports.example:8443'],
    ['x.deep.example', 99, '*.deep.example:99'],
    ['1.1.1.1', 443, '1.1.1.1'],
    ['8.8.8.8', 53, '8.8.8.8:53'],
  ])('allows %s:%i by %s', (host, port, entry) => {
    expect(allowedBy(list, { host, port })).toBe(entry)
  })

  test.each<[string, number]>([
    ['example.com', 8080],
    ['www.example.com', 443],
    ['notexample.com', 443],
    ['example.com.evil.org', 443],
    ['wild.example', 443],
    ['xwild.example', 443],
    ['ports.example', 443],
    ['deep.example', 99],
    ['x.deep.example', 443],
    ['8.8.8.8', 443],
    ['1.1.1.10', 443],
  ])('does not allow %s:%i', (host, port) => {
    expect(allowedBy(list, { host, port })).toBeUndefined()
  })

  test('of an end of addresses allows no address', () => {
    expect(allowedBy(['*.1.1'], { host: '1.1.1.1', port: 80 })).toBeUndefined()
  })
})
