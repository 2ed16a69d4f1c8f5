import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ImageProgress } from '../../../contract/index.ts'
import { startTestCore, tempHome } from '../../testing/index.ts'
import { describeDocker } from '../docker/testing.ts'
import { readGrype, readTrivy } from './scan.ts'

const opened = async (env: Record<string, string> = {}) => {
  const core = await startTestCore({ env: { GANTRY_AGENTS_WARM: 'false', ...env } })
  const client = core.client(core.core.access.ownerToken)
  onTestFinished(async () => {
    await client.agents.cancelAll({ graceSeconds: 0 }).catch(() => undefined)
  })
  return { ...core, client }
}

describeDocker('an image', () => {
  test('is made from files of this machine where no registry answers, tried out, and runs an agent', async () => {
    const { client } = await opened()
    const seen: ImageProgress[] = []
    for await (const step of await client.runtimes.build({ image: 'gantry/agent:1' })) seen.push(step)
    expect(seen.at(-1)).toMatchObject({ done: true, percent: 100 })
    expect(seen.map(({ step }) => step).join('\n')).toContain('Trying it out')
    const { items } = await client.runtimes.images({})
    expect(items.find(({ image }) => image === 'gantry/agent:1')).toMatchObject({ present: true })

    const { id } = await client.agents.create({ template: 'hello', runtime: 'docker', limits: { memoryMb: 256 } })
    await client.agents.wait({ ids: [id], seconds: 60 })
    const agent = await client.agents.get({ id })
    expect(agent).toMatchObject({ state: 'finished', runtime: 'docker', exitCode: 0 })
    expect(agent.isolation.filter(({ ok }) => !ok)).toEqual([])
    expect(agent.stopProof?.left).toEqual([])
  })

  test('whose recipe needs a registry cannot be built without one, and says so', async () => {
    const { client } = await opened()
    const build = async () => {
      for await (const step of await client.runtimes.build({ image: 'gantry/codex:1' })) void step
    }
    await expect(build()).rejects.toMatchObject({ message: expect.stringContaining('cannot be built') })
    expect((await client.runtimes.images({})).items.find(({ image }) => image === 'gantry/codex:1')).toMatchObject({
      present: false,
    })
  })

  test('that is not there greys its template out, and an agent of it is refused with what to do', async () => {
    const { client } = await opened()
    await expect(client.agents.create({ template: 'claude-code', task: 'x', model: 'demo' })).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      data: { hint: expect.stringContaining('gantry runtimes build gantry/claude-code:1') },
    })
    const { templates } = await client.catalog.get({})
    expect(templates.find(({ id }) => id === 'claude-code')).toMatchObject({ available: false })
  })

  test('that no template needs is not built', async () => {
    const { client } = await opened()
    const build = async () => {
      for await (const step of await client.runtimes.build({ image: 'somebody/else:1' })) void step
    }
    await expect(build()).rejects.toMatchObject({ code: 'E_NOT_FOUND' })
  })
})

describe('a scan', () => {
  test('reads what trivy finds', () => {
    const output = {
      SchemaVersion: 2,
      Results: [
        { Target: 'node_modules', Class: 'lang-pkgs' },
        {
          Target: 'debian 12',
          Vulnerabilities: [
            {
              VulnerabilityID: 'CVE-2024-1',
              PkgName: 'libc6',
              InstalledVersion: '2.36',
              FixedVersion: '2.37',
              Severity: 'HIGH',
              Title: 'Overflow',
            },
            { VulnerabilityID: 'CVE-2024-2', PkgName: 'zlib1g', InstalledVersion: '1.2', Severity: 'LOW' },
          ],
        },
      ],
    }
    expect(readTrivy(output)).toEqual([
      { id: 'CVE-2024-1', severity: 'high', part: 'libc6', version: '2.36', fixedIn: '2.37', title: 'Overflow' },
      { id: 'CVE-2024-2', severity: 'low', part: 'zlib1g', version: '1.2', fixedIn: null, title: '' },
    ])
  })

  test('reads what grype finds', () => {
    const output = {
      matches: [
        {
          vulnerability: {
            id: 'GHSA-1',
            severity: 'Critical',
            description: 'Escape',
            fix: { versions: ['2.0'], state: 'fixed' },
          },
          artifact: { name: 'left', version: '1.0' },
        },
      ],
    }
    expect(readGrype(output)).toEqual([
      { id: 'GHSA-1', severity: 'critical', part: 'left', version: '1.0', fixedIn: '2.0', title: 'Escape' },
    ])
  })

  test('is done by the scanner that is installed, the worst first', async () => {
    const tools = tempHome()
    const output = {
      matches: [
        { vulnerability: { id: 'A', severity: 'Low' }, artifact: { name: 'a', version: '1' } },
        { vulnerability: { id: 'B', severity: 'High' }, artifact: { name: 'b', version: '2' } },
      ],
    }
    writeFileSync(join(tools, 'grype'), `#!/bin/sh\necho '${JSON.stringify(output)}'\n`)
    chmodSync(join(tools, 'grype'), 0o755)
    const { client } = await opened({ PATH: `${tools}:${process.env['PATH'] ?? ''}` })
    expect(await client.runtimes.scan({ image: 'gantry/agent:1' })).toMatchObject({
      scanner: 'grype',
      counts: { high: 1, low: 1 },
      findings: [{ id: 'B' }, { id: 'A' }],
    })
  })

  test('without a scanner says what to install', async () => {
    const { client } = await opened({ PATH: '/nonexistent' })
    await expect(client.runtimes.scan({ image: 'gantry/agent:1' })).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      data: { hint: expect.stringContaining('trivy') },
    })
  })
})
