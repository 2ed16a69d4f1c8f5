import { eventIterator } from '@orpc/contract'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Operation, contract, listOperations, operation } from '../../../contract/index.ts'
import { formsOf } from './forms.ts'

const operations = listOperations(contract)
const formsFor = (name: string) => {
  const found = operations.find((candidate): candidate is Operation => candidate.name === name)
  if (found === undefined) throw new Error(`no ${name}`)
  return formsOf(found, 'http://127.0.0.1:9090')
}

describe('the forms of an operation', () => {
  it('put path parameters into the path and the rest into the body', () => {
    expect(formsFor('settings.set').curl).toBe(
      [
        'curl -X PUT http://127.0.0.1:9090/settings/http.port',
        '-H "Authorization: Bearer $GANTRY_KEY"',
        "-H 'Content-Type: application/json'",
        `-d '{"value":9191}'`,
      ].join(' \\\n  '),
    )
  })

  it('ask for no key where none is needed', () => {
    expect(formsFor('system.health').curl).toBe('curl http://127.0.0.1:9090/health')
  })

  it('write the command line as a shell takes it', () => {
    expect(formsFor('access.keys.create').cli).toBe("gantry access keys create 'laptop cron'")
    expect(formsFor('access.loginLink').cli).toBe('gantry access login-link')
    expect(formsFor('settings.set').cli).toBe('gantry settings set http.port 9191')
  })

  it('keep secrets off the command line, where others can read them', () => {
    expect(formsFor('access.login').cli).toBe('gantry access login')
  })

  it('write lists and what is inside objects as each surface takes them', () => {
    const [made] = listOperations({
      things: {
        wait: operation(
          'Wait for things',
          { method: 'GET', path: '/things', description: 'Waits for things.' },
          { permission: 'system:read', effect: 'read', cli: { positional: ['ids'] } },
        )
          .input(
            z.object({
              ids: z.array(z.string()).meta({ examples: [['a', 'b']] }),
              network: z.object({ mode: z.string() }).meta({ examples: [{ mode: 'none' }] }),
            }),
          )
          .output(eventIterator(z.object({ id: z.string() }))),
      },
    })
    if (made === undefined) throw new Error('nothing was made')
    const forms = formsOf(made, 'http://127.0.0.1:9090')
    const address = '//127.0.0.1:9090/things?ids=a&ids=b&network%5Bmode%5D=none'
    expect(forms.curl).toContain(`curl -N 'http:${address}'`)
    expect(forms.socket).toBe(`new WebSocket('ws:${address}', ['gantry', \`gantry.bearer.\${key}\`])`)
    expect(forms.cli).toBe(`gantry things wait a b --network '{"mode":"none"}'`)
    expect(formsFor('system.health').socket).toBeNull()
  })

  it('name no tool for what agents do not see', () => {
    expect(formsFor('access.loginLink').tool).toBeNull()
    expect(formsFor('access.keys.create').tool).toBe('access_keys_create')
  })

  it.each(operations.map((one) => [one.name, one] as const))(
    '%s has an example that its own schema accepts',
    (_name, one) => {
      const { example } = formsOf(one, 'http://127.0.0.1:9090')
      expect(one.output.safeParse(example).error?.issues ?? []).toEqual([])
    },
  )
})
