/** Making a container that is exactly what was asked for, or none. */
import { isDeepStrictEqual } from 'node:util'
import { GantryError } from '../../../contract/index.ts'
import type { Engine } from './engine.ts'
import { statusOf, wordsOf } from './errors.ts'
import { BOX_LABEL, OWNER_LABEL, boxLabels, boxName } from './labels.ts'
import { type Inspected, type Wanted, differences, draftBox } from './profile.ts'
import { inspectBox } from './state.ts'

/** What exists already under the name of the box is the box that is meant. */
export const makeBox = async (
  client: Engine,
  owner: string,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Inspected> => {
  const { boxId, image, expiresAt } = wanted.spec
  const name = boxName(owner, boxId)
  const labels = boxLabels(owner, boxId, expiresAt)
  const isNew = await create(client, name, { ...draftBox(wanted), Image: image, Labels: labels }, image, signal)
  const made = await inspectBox(client, name)
  if (made === undefined) throw new GantryError('E_RUNTIME', 'The box was removed while it was being made.')
  if (made.Config.Labels[OWNER_LABEL] !== owner || made.Config.Labels[BOX_LABEL] !== boxId) {
    throw new GantryError('E_CONFLICT', `There is a container ${name} that is not this Gantry’s.`, {
      hint: 'Remove or rename it.',
    })
  }
  await refuseOther(client, made, wanted, isNew ? labels : undefined)
  return made
}

const create = async (
  client: Engine,
  name: string,
  body: object,
  image: string,
  signal: AbortSignal,
): Promise<boolean> =>
  client.call(
    'make a box',
    async (docker, abortSignal) => {
      try {
        await docker.createContainer({ _query: { name }, _body: body, abortSignal } as object)
        return true
      } catch (thrown) {
        // Podman says it with another status.
        if (statusOf(thrown) === 409 || wordsOf(thrown).includes('already in use')) return false
        throw explainCreate(thrown, image)
      }
    },
    'act',
    signal,
  )

const explainCreate = (thrown: unknown, image: string): unknown => {
  if (statusOf(thrown) !== 404 || !/no such image/i.test(wordsOf(thrown))) return thrown
  return new GantryError('E_UNAVAILABLE', `The image ${image} is not there.`, {
    hint: `Build it: gantry runtimes build ${image}`,
    cause: thrown,
  })
}

/** Fails closed: a box that is not closed in as it should be does not stay. */
const refuseOther = async (
  client: Engine,
  made: Inspected,
  wanted: Wanted,
  labels: Record<string, string> | undefined,
): Promise<void> => {
  const found = differences(made, wanted)
  const kept = Object.fromEntries(Object.keys(labels ?? {}).map((name) => [name, made.Config.Labels[name]]))
  if (labels !== undefined && !isDeepStrictEqual(kept, labels))
    found.push({ name: 'Labels', wanted: labels, found: kept })
  if (found.length === 0) return
  await client.call(
    'remove a box',
    (docker, abortSignal) => docker.getContainer(made.Id).remove({ force: true, v: true, abortSignal } as object),
    'act',
  )
  const names = found.map(({ name }) => name).join(', ')
  throw new GantryError('E_RUNTIME', `The engine did not make the box as it was asked to: ${names}.`, {
    hint: 'The box was removed and nothing ran. A newer engine, or Docker in place of another one, may do it.',
    // The list of system calls is long, and says nothing here.
    details: {
      fields: found.map((field) => ({ ...field, wanted: shorten(field.wanted), found: shorten(field.found) })),
    },
  })
}

const shorten = (value: unknown): unknown =>
  typeof value === 'string' && value.length > 200 ? `${value.slice(0, 200)}…` : value
