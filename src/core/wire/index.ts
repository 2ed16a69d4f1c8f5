/**
 * Owns the host's end of the wire into a box.
 * Promises that whatever comes from inside is bounded in size and rate, and an error or an end at worst.
 * Never keeps anything: frames are handed on, in order, each once.
 */
export type { ChangedFile, InsideHttpRequest, InsideHttpResponse, Wire, WireHandlers } from './types.ts'
