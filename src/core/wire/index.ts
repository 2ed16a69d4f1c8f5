/**
 * Owns Gantry's end of the wire to a box: frames, requests from inside, workspace files.
 * Promises that whoever is inside can only be answered, refused or cut off: nothing it sends is believed or piles up.
 * Never decides what a request may do: that is for whoever hands in the handlers.
 */
export type { Clock } from './gate.ts'
export type { ChangedFile, InsideHttpRequest, InsideHttpResponse, Wire, WireEnd, WireHandlers } from './types.ts'
export { createWire } from './wire.ts'
