import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, connect as connectTo, createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { AgentNetwork, GantryError } from '../../contract/index.ts'
import { until } from '../testing/index.ts'
import { type EgressLimits, createEgress } from './index.ts'

const PUBLIC = '93.184.216.34'
const OTHER = '2606:4700:4700::1111'

const listen = async (serve: (socket: Socket) => void = (socket) => void socket.pipe(socket)) => {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
    serve(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, sockets }
}

/** The internet: names lead to addresses, addresses to servers of this machine. Everything asked of it is noted. */
const internet = (names: Record<string, string[] | (() => Promise<string[]>)>, servers: Record<string, number>) => {
  const lookups: string[] = []
  const dialled: string[] = []
  return {
    lookups,
    dialled,
    lookup: async (host: string) => {
      lookups.push(host)
      const found = names[host]
      if (found === undefined) throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
      return (typeof found === 'function' ? await found() : found).map((address) => ({ address }))
    },
    connect: ({ address, port }: { address: string; port: number }) => {
      dialled.push(`${address} ${port}`)
      return connectTo({ host: '127.0.0.1', port: servers[address] ?? 1 })
    },
  }
}

const setUp = (
  world: ReturnType<typeof internet>,
  { limits = {}, own = [] }: { limits?: Partial<EgressLimits>; own?: string[] } = {},
) => {
  const egress = createEgress({ ...world, limits, ownAddresses: () => own })
  onTestFinished(egress.stop)
  const decisions: string[] = []
  const closed: { sent: number; received: number }[] = []
  const open = (
    host: string,
    {
      port = 443,
      network = {},
      signal = new AbortController().signal,
    }: { port?: number; network?: object; signal?: AbortSignal } = {},
  ) =>
    egress.open({
      network: AgentNetwork.parse({ mode: 'egress', ...network }),
      host,
      port,
      signal,
      onDecision: ({ allowed, reason }) => decisions.push(`${allowed ? 'yes' : 'no'}: ${reason}`),
      onClosed: (traffic) => closed.push(traffic),
    })
  const refusal = async (...given: Parameters<typeof open>): Promise<GantryError> => {
    try {
      await open(...given)
    } catch (thrown) {
      if (thrown instanceof GantryError) return thrown
      throw thrown
    }
    throw new Error('it was not refused')
  }
  return { egress, open, refusal, decisions, closed }
}

const allow = (...list: string[]) => ({ network: { allow: list } })

describe('a connection', () => {
  test('is made where the list allows it, and carries bytes both ways, which are counted', async () => {
    const { port } = await listen()
    const world = internet({ 'example.com': [PUBLIC] }, { [PUBLIC]: port })
    const { open, decisions, closed } = setUp(world)
    const socket = await open('Example.com.', allow('example.com'))
    socket.write('hello')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toBe('hello')
    socket.end()
    await once(socket, 'close')
    expect(decisions).toEqual(['yes: allowed by example.com'])
    expect(closed).toEqual([{ sent: 5, received: 5 }])
  })

  test('goes to the very address that was judged: the name is looked up once', async () => {
    const { port } = await listen()
    const answers = [[PUBLIC], ['127.0.0.1'], ['169.254.169.254']]
    const world = internet({ 'rebind.example': async () => answers.shift() ?? [] }, { [PUBLIC]: port })
    const { open } = setUp(world)
    await open('rebind.example', allow('rebind.example'))
    expect(world.lookups).toEqual(['rebind.example'])
    expect(world.dialled).toEqual([`${PUBLIC} 443`])
  })

  test('tries the next address where one does not answer', async () => {
    const { port } = await listen()
    const world = internet({ 'two.example': [OTHER, PUBLIC] }, { [PUBLIC]: port })
    const { open } = setUp(world)
    await open('two.example', allow('two.example'))
    expect(world.dialled).toEqual([`${OTHER} 443`, `${PUBLIC} 443`])
  })

  test('to a public address needs that address in the list, and no look-up', async () => {
    const { port } = await listen()
    const world = internet({}, { [PUBLIC]: port })
    const { open, refusal } = setUp(world)
    expect(await refusal('1.1.1.1', allow(PUBLIC))).toMatchObject({ code: 'E_FORBIDDEN' })
    await open(PUBLIC, allow(PUBLIC))
    expect(world.lookups).toEqual([])
  })

  test('ends when its signal does, and with the egress', async () => {
    const { port, sockets } = await listen()
    const world = internet({ 'a.example': [PUBLIC] }, { [PUBLIC]: port })
    const { open, egress, closed } = setUp(world)
    const controller = new AbortController()
    const one = await open('a.example', { ...allow('a.example'), signal: controller.signal })
    const other = await open('a.example', allow('a.example'))
    expect(egress.count()).toBe(2)
    controller.abort()
    await once(one, 'close')
    egress.stop()
    await once(other, 'close')
    expect(egress.count()).toBe(0)
    expect(closed).toHaveLength(2)
    await until(() => sockets.size === 0 || undefined, 'the server to see them go')
  })

  test('is closed when nothing goes over it for long', async () => {
    const { port } = await listen()
    const world = internet({ 'a.example': [PUBLIC] }, { [PUBLIC]: port })
    const { open } = setUp(world, { limits: { idleMs: 20 } })
    const socket = await open('a.example', allow('a.example'))
    await once(socket, 'close')
  })

  test('that the other side breaks harms nobody', async () => {
    const { port } = await listen((socket) => void socket.once('data', () => socket.resetAndDestroy()))
    const world = internet({ 'a.example': [PUBLIC] }, { [PUBLIC]: port })
    const { open } = setUp(world)
    const socket = await open('a.example', allow('a.example'))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write('hello')
    await closed
    expect(socket.destroyed).toBe(true)
  })
})

describe('recording', () => {
  test('lets public hosts through on any port and notes them', async () => {
    const { port } = await listen()
    const world = internet({ 'a.example': [PUBLIC] }, { [PUBLIC]: port })
    const { open, decisions } = setUp(world)
    await open('a.example', { port: 8080, network: { record: true } })
    await open('a.example', { port: 443, network: { record: true, allow: ['a.example'] } })
    expect(decisions).toEqual(['yes: let through to be noted', 'yes: allowed by a.example'])
  })
})

describe('refused, and nothing is connected, is', () => {
  const names = {
    'public.example': [PUBLIC],
    'private.example': ['10.1.2.3'],
    'loop.example': ['127.0.0.1'],
    'meta.example': ['169.254.169.254'],
    'mixed.example': [PUBLIC, '192.168.0.1'],
    'six.example': ['fd00::1'],
    'mapped.example': ['::ffff:10.0.0.1'],
    'own.example': ['5.6.7.8'],
    localhost: ['127.0.0.1', '::1'],
    'odd.example': ['not an address'],
  }

  test.each<[string, number, RegExp]>([
    ['private.example', 443, /leads to 10\.1\.2\.3, a private address/],
    ['loop.example', 443, /an address of this machine/],
    ['meta.example', 80, /clouds keep their metadata/],
    ['mixed.example', 443, /leads to 192\.168\.0\.1/],
    ['six.example', 443, /leads to fd00::1, a private address/],
    ['mapped.example', 443, /stands for an IPv4 one/],
    ['own.example', 443, /leads to 5\.6\.7\.8, an address of this machine/],
    ['localhost', 80, /an address of this machine/],
    ['odd.example', 443, /no address of the internet/],
    ['127.0.0.1', 80, /an address of this machine/],
    ['127.1', 80, /an address of this machine/],
    ['0x7f000001', 80, /an address of this machine/],
    ['2130706433', 80, /an address of this machine/],
    ['0', 80, /an address of this machine/],
    ['[::1]', 80, /an address of this machine/],
    ['::ffff:169.254.169.254', 80, /stands for an IPv4 one/],
    ['169.254.169.254', 80, /clouds keep their metadata/],
    ['5.6.7.8', 443, /an address of this machine/],
    ['fe80::1%eth0', 80, /no host with a port/],
    ['', 80, /no host with a port/],
    ['a b', 80, /no host with a port/],
    ['public.example', 0, /no host with a port/],
    ['public.example', 65_536, /no host with a port/],
    ['public.example', 1.5, /no host with a port/],
  ])('%s:%d, listed or recorded', async (host, port, reason) => {
    const world = internet(names, {})
    const { refusal, decisions } = setUp(world, { own: ['5.6.7.8'] })
    const entry = `${host}:${port}`
    for (const network of [{ allow: [] as string[], record: true }, { allow: [] as string[] }]) {
      // Past the schema: the list of a hostile caller is no better than its wish.
      const wanted = { port, network }
      const listed = AgentNetwork.shape.allow.safeParse([entry, host])
      if (listed.success) network.allow = listed.data
      else if (network.record !== true) continue
      const error = await refusal(host, wanted)
      expect(error.code).toBe('E_FORBIDDEN')
      expect(error.message).toMatch(reason)
      expect(decisions.at(-1)).toMatch(/^no: /)
    }
    expect(world.dialled).toEqual([])
  })

  test('what is not on the list, and its name is not even looked up', async () => {
    const world = internet(names, {})
    const { refusal, decisions } = setUp(world)
    const error = await refusal('secret-words.evil.example', { ...allow('public.example'), port: 8443 })
    expect(error).toMatchObject({ code: 'E_FORBIDDEN' })
    expect(error.hint).toContain('secret-words.evil.example:8443')
    expect(world.lookups).toEqual([])
    expect(decisions).toEqual(['no: not on its list'])
  })

  test('an agent without egress', async () => {
    const { refusal } = setUp(internet(names, {}))
    expect(await refusal('public.example', { network: { mode: 'none', allow: ['public.example'] } })).toMatchObject({
      code: 'E_FORBIDDEN',
    })
  })

  test('one connection too many', async () => {
    const { port } = await listen()
    const world = internet(names, { [PUBLIC]: port })
    const { open, refusal } = setUp(world, { limits: { mostOpen: 1 } })
    const socket = await open('public.example', allow('public.example'))
    expect((await refusal('public.example', allow('public.example'))).message).toContain('too many connections')
    socket.destroy()
    await once(socket, 'close')
    await open('public.example', allow('public.example'))
  })
})

describe('what does not answer', () => {
  test('by name is told so', async () => {
    const { refusal, decisions } = setUp(internet({ 'empty.example': [] }, {}))
    expect(await refusal('gone.example', allow('gone.example'))).toMatchObject({ code: 'E_UPSTREAM' })
    expect(await refusal('empty.example', allow('empty.example'))).toMatchObject({ code: 'E_UPSTREAM' })
    expect(decisions).toEqual(['no: its name could not be looked up', 'no: its name could not be looked up'])
  })

  test('at its address is told so, after every address was tried', async () => {
    const world = internet({ 'down.example': [PUBLIC, OTHER] }, {})
    const { refusal, decisions, egress } = setUp(world)
    expect(await refusal('down.example', allow('down.example'))).toMatchObject({ code: 'E_UPSTREAM' })
    expect(world.dialled).toHaveLength(2)
    expect(decisions).toEqual(['yes: allowed by down.example'])
    await until(() => egress.count() === 0 || undefined, 'the sockets to go')
  })

  test('in time is given up', async () => {
    const never = () => new Promise<string[]>(() => undefined)
    const { refusal } = setUp(internet({ 'slow.example': never }, {}), { limits: { lookupMs: 20 } })
    expect(await refusal('slow.example', allow('slow.example'))).toMatchObject({ code: 'E_TIMEOUT' })
  })

  test('is given up when its agent ends', async () => {
    const controller = new AbortController()
    const never = () => {
      controller.abort(new Error('ended'))
      return new Promise<string[]>(() => undefined)
    }
    const { refusal } = setUp(internet({ 'slow.example': never }, {}))
    expect(await refusal('slow.example', { ...allow('slow.example'), signal: controller.signal })).toMatchObject({
      code: 'E_UPSTREAM',
    })
  })
})

test('names are looked up two at a time, and those who gave up leave their turn to others', async () => {
  const asked: string[] = []
  const answers = new Map<string, (addresses: string[]) => void>()
  const { port } = await listen()
  const world = internet({}, { [PUBLIC]: port })
  const egress = createEgress({
    ...world,
    lookup: async (host) => {
      asked.push(host)
      const addresses = await new Promise<string[]>((resolve) => answers.set(host, resolve))
      return addresses.map((address) => ({ address }))
    },
    ownAddresses: () => [],
  })
  onTestFinished(egress.stop)
  const controllers = ['a', 'b', 'c', 'd'].map(() => new AbortController())
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name, index) =>
    egress.open({
      network: AgentNetwork.parse({ mode: 'egress', record: true }),
      host: name,
      port: 443,
      signal: controllers[index]?.signal ?? new AbortController().signal,
      onDecision: () => undefined,
    }),
  )
  await until(() => asked.length === 2 || undefined, 'two look-ups')
  controllers[2]?.abort(new Error('ended'))
  await expect(c).rejects.toThrow('could not be looked up')
  answers.get('a')?.([PUBLIC])
  await a
  await until(() => asked.length === 3 || undefined, 'the next look-up')
  expect(asked).toEqual(['a', 'b', 'd'])
  answers.get('b')?.([PUBLIC])
  answers.get('d')?.([PUBLIC])
  await Promise.all([b, d])
})
