import type { RuntimeStatus } from '../../../contract/index.ts'

export const RUNTIME_TITLES = { docker: 'Docker', sandbox: 'Sandbox' } as const satisfies Record<
  RuntimeStatus['name'],
  string
>
