/** What the script inside answers, looked at before it is believed. */
import type { ResumeAnswer } from '../../wire/index.ts'
import { WireViolation } from './frames.ts'

const isPid = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0

export const readRun = (result: unknown): { pid: number } => {
  const { pid } = (result ?? {}) as Record<string, unknown>
  if (!isPid(pid)) throw new WireViolation('a program without a number')
  return { pid }
}

export const readResume = (result: unknown): ResumeAnswer => {
  const { running, pid } = (result ?? {}) as Record<string, unknown>
  if (typeof running !== 'boolean' || (pid !== null && !isPid(pid))) throw new WireViolation('a state that is none')
  return { running, pid }
}
