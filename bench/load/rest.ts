/** One JSON call after another, timed; an answer that is none ends the run's good name, not the run. */
import type { Endpoint } from '../support/launch.ts'

export interface Answer {
  status: number
  json: unknown
  milliseconds: number
}

export const createRest =
  ({ url, token }: Endpoint) =>
  async (method: string, path: string, body?: object): Promise<Answer> => {
    const began = performance.now()
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const json: unknown = await response.json()
    return { status: response.status, json, milliseconds: performance.now() - began }
  }

export type Rest = ReturnType<typeof createRest>
