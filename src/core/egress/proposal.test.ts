import { expect, test } from 'vitest'
import { AgentNetwork } from '../../contract/index.ts'
import { propose } from './index.ts'

const asked = (...places: string[]) =>
  places.map((place) => {
    const [host = '', port = '443'] = place.split(' ')
    return { host, port: Number(port), allowed: true }
  })

test('a host is proposed once, whatever it was asked for with the usual ports', () => {
  expect(propose(asked('b.example', 'a.example', 'A.example.', 'a.example 80', 'b.example'))).toEqual([
    'a.example',
    'b.example',
  ])
})

test('another port is part of the entry', () => {
  expect(propose(asked('a.example 8443', 'a.example', 'a.example 22'))).toEqual([
    'a.example',
    'a.example:22',
    'a.example:8443',
  ])
})

test('three of one owner become one entry, two do not, and the parent itself stays beside it', () => {
  expect(propose(asked('a.npm.example.com', 'b.example.com'))).toEqual(['a.npm.example.com', 'b.example.com'])
  expect(propose(asked('a.npm.example.com', 'b.example.com', 'c.example.com', 'example.com'))).toEqual([
    '*.example.com',
    'example.com',
  ])
})

test('names on different ports are counted apart', () => {
  expect(propose(asked('a.example.com', 'b.example.com', 'c.example.com 99'))).toEqual([
    'a.example.com',
    'b.example.com',
    'c.example.com:99',
  ])
})

test.each([
  ['co.uk', 'com.au', 'org.nz'],
  ['github.io', 'pages.dev', 'amazonaws.com'],
])('what only ends alike is not one owner: %s, %s, %s', (...ends) => {
  for (const end of ends) {
    const names = ['one', 'two', 'three'].map((name) => `${name}.${end}`)
    expect(propose(asked(...names))).toEqual(names.toSorted())
    expect(propose(asked(...names.map((_, index) => `x${index}.one.${end}`)))).toEqual([`*.one.${end}`])
  }
})

test('names of one word and addresses are not merged', () => {
  expect(propose(asked('1.1.1.1', '2.1.1.1', '3.1.1.1', 'one', 'two', 'three'))).toEqual([
    '1.1.1.1',
    '2.1.1.1',
    '3.1.1.1',
    'one',
    'three',
    'two',
  ])
})

test('what a list would not have changed is left out, what it would is proposed', () => {
  expect(
    propose([
      { host: 'new.example', port: 443, allowed: false, reason: 'not on its list' },
      { host: 'inside.example', port: 443, allowed: false, reason: 'it leads to 10.0.0.1, a private address' },
      { host: 'gone.example', port: 443, allowed: false, reason: 'its name could not be looked up' },
      { host: '169.254.169.254', port: 80, allowed: false },
      { host: '10.0.0.1', port: 80, allowed: true },
      { host: '[2606:4700::1111]', port: 443, allowed: true },
      { host: 'not a host', port: 443, allowed: true },
    ]),
  ).toEqual(['new.example'])
})

test('what is proposed can be given to an agent', () => {
  const many = Array.from({ length: 300 }, (_, index) => `host${index}.example${index}.com ${index % 2 ? 443 : 8443}`)
  const allow = propose(asked(...many, 'exämple.de', 'a.b.c.d.e.example'))
  expect(allow).toHaveLength(200)
  expect(AgentNetwork.parse({ mode: 'egress', allow }).allow).toEqual(allow)
})
