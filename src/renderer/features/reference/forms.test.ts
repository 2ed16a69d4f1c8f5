import { describe, expect, it } from 'vitest'
import { type Operation, contract, listOperations } from '../../../contract/index.ts'
import { formsOf } from './forms.ts'

const operations = listOperations(contract)
const formsFor = (name: string) => {
  const operation = operations.find((candidate): candidate is Operation => candidate.name === name)
  if (operation === undefined) throw new Error(`no ${name}`)
  return formsOf(operation, 'http://127.0.0.1:9090')
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

  it('name no tool for what agents do not see', () => {
    expect(formsFor('access.loginLink').tool).toBeNull()
    expect(formsFor('access.keys.create').tool).toBe('access_keys_create')
  })

  it.each(operations.map((operation) => [operation.name, operation] as const))(
    '%s has an example that its own schema accepts',
    (_name, operation) => {
      const { example } = formsOf(operation, 'http://127.0.0.1:9090')
      expect(operation.output.safeParse(example).error?.issues ?? []).toEqual([])
    },
  )
})
