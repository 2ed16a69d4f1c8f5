/**
 * Owns what Gantry knows about itself: health, measures, vitals, and the rhythm of backups and clean-up.
 * Promises that health names its evidence. Never reads another domain's state but through what it is given.
 */
export { createHealth } from './health.ts'
export { type Measures, createMeasures } from './measures.ts'
export { startUpkeep } from './upkeep.ts'
export { createVitals, everyInterval } from './vitals.ts'
