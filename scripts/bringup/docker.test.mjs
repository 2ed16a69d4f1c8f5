import { expect, test } from 'vitest'
import { runContainer } from './docker-api.mjs'
import { chooseEngine } from './docker.mjs'

const host = process.env.DOCKER_HOST
const has = process.env.GANTRY_TEST_DOCKER === 'available' && host !== undefined

test.runIf(has)('the engine for tests runs a container of each local image', async () => {
  expect(await runContainer(String(host), 'gantry-test/busybox', ['echo', 'hello'])).toContain('hello')
  expect(await runContainer(String(host), 'gantry-test/node', ['node', '-p', 'process.version'])).toContain('v24.')
})

test.runIf(has)('an engine that answers is used as it is', async () => {
  expect(await chooseEngine({ DOCKER_HOST: host })).toEqual({ kind: 'running', host })
})

test('without an engine the tests get a private one, or the reason why not', async () => {
  const choice = await chooseEngine({ DOCKER_HOST: 'unix:///not/there.sock' })
  expect(['private', 'unavailable']).toContain(choice.kind)
})
