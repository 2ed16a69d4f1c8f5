import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Surroundings, findPlaces } from './places.ts'

const setUp = () => {
  const homeFolder = mkdtempSync(join(tmpdir(), 'gantry-places-'))
  onTestFinished(() => rmSync(homeFolder, { recursive: true, force: true }))
  const write = (file: string, content: unknown) => {
    const path = join(homeFolder, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }
  const around = (given: Partial<Surroundings> = {}): Surroundings => ({
    env: {},
    homeFolder,
    platform: 'linux',
    uid: 1000,
    ...given,
  })
  const id = (name: string) => createHash('sha256').update(name).digest('hex')
  const context = (name: string, host: string, folder = '.docker') =>
    write(`${folder}/contexts/meta/${id(name)}/meta.json`, { Name: name, Endpoints: { docker: { Host: host } } })
  return { homeFolder, write, around, context, id }
}

const hosts = (around: Surroundings): string[] => {
  const places = findPlaces(around)
  return places.chosen ? [places.place.host] : places.places.map(({ host }) => host)
}

describe('where an engine is looked for', () => {
  test('is where DOCKER_HOST says, before all else', () => {
    const { around, write, context } = setUp()
    context('colima', 'unix:///colima.sock')
    write('.docker/config.json', { currentContext: 'colima' })
    expect(findPlaces(around({ env: { DOCKER_HOST: 'tcp://10.0.0.7:2375' } }))).toEqual({
      chosen: true,
      place: { host: 'tcp://10.0.0.7:2375', why: 'from DOCKER_HOST' },
    })
  })

  test('with its certificates, where TLS is wanted', () => {
    const { around, write, homeFolder } = setUp()
    for (const name of ['ca', 'cert', 'key']) write(`certs/${name}.pem`, name)
    const env = {
      DOCKER_HOST: 'tcp://engine:2376',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: join(homeFolder, 'certs'),
    }
    expect(findPlaces(around({ env }))).toMatchObject({
      place: { tls: { ca: 'ca', cert: 'cert', key: 'key', verify: true } },
    })
  })

  test('is the context that is chosen, by the environment before the configuration', () => {
    const { around, write, context } = setUp()
    context('colima', 'unix:///colima.sock')
    context('desktop', 'unix:///desktop.sock')
    write('.docker/config.json', { currentContext: 'colima' })
    expect(findPlaces(around())).toMatchObject({
      chosen: true,
      place: { host: 'unix:///colima.sock', why: 'from the Docker context "colima"' },
    })
    expect(hosts(around({ env: { DOCKER_CONTEXT: 'desktop' } }))).toEqual(['unix:///desktop.sock'])
    expect(hosts(around({ env: { DOCKER_CONTEXT: 'default' } }))).toContain('unix:///var/run/docker.sock')
  })

  test('takes the certificates of a context', () => {
    const { around, write, context, id } = setUp()
    context('far', 'tcp://far:2376')
    write(`.docker/contexts/tls/${id('far')}/docker/ca.pem`, 'authority')
    expect(findPlaces(around({ env: { DOCKER_CONTEXT: 'far' } }))).toMatchObject({
      place: { host: 'tcp://far:2376', tls: { ca: 'authority', verify: true } },
    })
  })

  test('in a configuration of another folder', () => {
    const { around, write, context, homeFolder } = setUp()
    context('mine', 'unix:///mine.sock', 'elsewhere')
    write('elsewhere/config.json', { currentContext: 'mine' })
    expect(hosts(around({ env: { DOCKER_CONFIG: join(homeFolder, 'elsewhere') } }))).toEqual(['unix:///mine.sock'])
  })

  test('is never another one than the one that is chosen', () => {
    const { around, write } = setUp()
    expect(() => findPlaces(around({ env: { DOCKER_CONTEXT: 'lost' } }))).toThrow('there is none of that name')
    write(`.docker/contexts/meta/${createHash('sha256').update('broken').digest('hex')}/meta.json`, '{"Endpoints":')
    expect(() => findPlaces(around({ env: { DOCKER_CONTEXT: 'broken' } }))).toThrow('cannot be read')
  })

  test('is else in the usual places, those of Docker first', () => {
    const { around, homeFolder, write } = setUp()
    // Not readable as JSON: then nothing is chosen.
    write('.docker/config.json', 'no json')
    const all = hosts(around({ env: { XDG_RUNTIME_DIR: '/run/user/7' } }))
    expect(all[0]).toBe('unix:///var/run/docker.sock')
    expect(all).toContain(`unix://${homeFolder}/.docker/run/docker.sock`)
    expect(all).toContain(`unix://${homeFolder}/.colima/default/docker.sock`)
    expect(all).toContain(`unix://${homeFolder}/.rd/docker.sock`)
    expect(all.indexOf('unix:///run/user/7/podman/podman.sock')).toBeGreaterThan(
      all.indexOf('unix:///run/user/7/docker.sock'),
    )
    expect(all).toContain('unix:///run/podman/podman.sock')
    expect(hosts(around())).toContain('unix:///run/user/1000/podman/podman.sock')
    expect(hosts(around({ platform: 'win32' }))[0]).toBe('npipe:////./pipe/docker_engine')
  })
})
