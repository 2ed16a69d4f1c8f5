/** A call to a provider that speaks the program's own dialect: what it answers goes through as it comes. */
import type { Dialect } from './dialects/types.ts'
import { tokensOfText } from './estimate.ts'
import { CallFailure, failureOfEvent } from './failure.ts'
import { type Frame, createFramer } from './frames.ts'
import { type Json, parseJson } from './json.ts'
import type { Meter } from './meter.ts'
import type { RemoteTarget } from './providers.ts'
import { type Outgoing, type Send, type Upstream, readAll } from './transport.ts'
import type { Opened, Wanted } from './wanted.ts'

const unreadable = (provider: string): CallFailure =>
  new CallFailure('upstream', `${provider} answered with something that cannot be read.`)

export const outgoingFor = (
  { provider, kind, reach }: RemoteTarget,
  { headers, now }: Pick<Wanted, 'headers' | 'now'>,
  path: string,
  body: Json,
): Outgoing => {
  const passedOn = kind.passedOn.flatMap((name) => {
    const value = headers[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    method: 'POST',
    url: `${reach.base}${path}`,
    headers: { ...kind.headers(reach.key), ...Object.fromEntries(passedOn), 'content-type': 'application/json' },
    body: JSON.stringify(body),
    provider: provider.title,
    key: reach.key,
    now,
  }
}

const readWhole = async (upstream: Upstream, target: RemoteTarget, dialect: Dialect, meter: Meter): Promise<Opened> => {
  const text = await readAll(upstream.body)
  const answer = parseJson(text)
  if (answer === undefined) throw unreadable(target.provider.title)
  const seen = dialect.observe(answer)
  if (seen.failed === true) throw failureOfEvent(target.provider.title, answer, target.reach.key)
  // A whole answer of the messages and of the responses does not repeat what was said in a form of its own.
  meter.wrote(tokensOfText(seen.text ?? text))
  if (seen.usage !== undefined) meter.learn(seen.usage)
  return { kind: 'whole', body: text }
}

async function* readFrames(
  upstream: Upstream,
  { provider: { title }, reach }: RemoteTarget,
  { dialect, request }: Wanted,
  meter: Meter,
): AsyncGenerator<string> {
  const framer = createFramer(dialect.framing)
  const wantsUsage = dialect.wantsUsage(request)
  let isComplete = false
  let out = ''

  const take = ({ raw, data }: Frame) => {
    if (data?.kind === 'broken') throw unreadable(title)
    if (data?.kind === 'done') isComplete = true
    if (data?.kind !== 'json') {
      out += raw
      return
    }
    const seen = dialect.observe(data.value)
    if (seen.failed === true) throw failureOfEvent(title, data.value, reach.key)
    if (seen.done === true) isComplete = true
    if (seen.usage !== undefined) meter.learn(seen.usage)
    if (seen.onlyUsage !== true || wantsUsage) out += raw
    if (seen.text !== undefined && seen.text !== '') meter.said(tokensOfText(seen.text))
  }
  const flush = (): string => {
    const text = out
    out = ''
    return text
  }

  try {
    for await (const chunk of upstream.body) {
      for (const frame of framer.push(chunk)) take(frame)
      if (out !== '') yield flush()
    }
    for (const frame of framer.finish()) take(frame)
  } catch (error) {
    // What was complete before the break is the reader's; what breaks after the end is of no matter.
    if (out !== '') yield flush()
    if (!isComplete) throw error
  }
  if (out !== '') yield flush()
  if (!isComplete) throw new CallFailure('upstream', `${title} ended before its answer was complete.`)
}

/** Some servers do not know the wish for the usage in a stream, and take nothing that they do not know. */
const isAboutUsage = (error: unknown): boolean =>
  error instanceof CallFailure && error.kind === 'request' && error.message.includes('stream_options')

export const openNative = async (
  target: RemoteTarget,
  path: string,
  wanted: Wanted,
  { meter, send, signal }: { meter: Meter; send: Send; signal: AbortSignal },
): Promise<Opened> => {
  const body = wanted.dialect.forProvider(wanted.request, target.model.name)
  const ask = (asked: Json) => send(outgoingFor(target, wanted, path, asked), signal)
  const upstream = await ask(body).catch((error: unknown) => {
    if (!isAboutUsage(error) || wanted.dialect.wantsUsage(wanted.request)) throw error
    const { stream_options: _, ...plain } = body
    return ask(plain)
  })
  if (!wanted.isStream) return readWhole(upstream, target, wanted.dialect, meter)
  return { kind: 'stream', frames: readFrames(upstream, target, wanted, meter) }
}
