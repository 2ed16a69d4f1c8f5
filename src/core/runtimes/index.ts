/**
 * Owns where agents run: one interface, a driver for each place.
 * Promises that a box is as closed in as its profile says, or does not start at all.
 * Never knows what runs inside: it hands out bytes, states and proofs.
 */
export type { Box, BoxLink, Runtime } from './types.ts'
export { type Runtimes, createRuntimes, imagesWanted } from './all.ts'
