import { describe, expect, it } from 'vitest'
import type { CatalogView } from '../../../contract/index.ts'
import { checkModels, checkRuntime, missingImage } from './checks.ts'

const docker = { name: 'docker' as const, reason: null, version: '28.2.1', detail: 'the usual socket', boxes: 0 }

describe('the checks before the first agent', () => {
  it('say of a runtime how it was found, or why it is not there', () => {
    expect(checkRuntime('docker', undefined).state).toBe('busy')
    expect(checkRuntime('docker', [{ ...docker, available: true }])).toEqual({ state: 'ok', words: 'the usual socket' })
    expect(checkRuntime('docker', [{ ...docker, available: false, reason: 'No socket answers.' }])).toEqual({
      state: 'off',
      words: 'No socket answers.',
    })
    expect(checkRuntime('sandbox', [{ ...docker, available: true }]).state).toBe('off')
  })

  it('name the missing image that most templates need', () => {
    const image = (name: string, present: boolean, templates: number) => ({
      image: name,
      present,
      templates: Array.from({ length: templates }, String),
      recipe: null,
      bytes: null,
      createdAt: null,
    })
    expect(missingImage([image('a', false, 1), image('b', false, 3), image('c', true, 9)])).toBe('b')
    expect(missingImage([image('c', true, 9), image('d', false, 0)])).toBeUndefined()
  })

  it('do not count the demo as a model', () => {
    const catalog = (available: boolean) =>
      ({
        providers: [
          { id: 'demo', kind: 'demo' },
          { id: 'anthropic', kind: 'anthropic' },
        ],
        models: [
          { title: 'Demo', provider: 'demo', available: true },
          { title: 'Sonnet', provider: 'anthropic', available },
        ],
      }) as unknown as CatalogView
    expect(checkModels(catalog(false)).state).toBe('off')
    expect(checkModels(catalog(true))).toEqual({ state: 'ok', words: 'Sonnet' })
  })
})
