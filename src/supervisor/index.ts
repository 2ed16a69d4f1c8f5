/**
 * Owns one box while no Gantry may be there: its processes, its output on disk, its limits, how it ended.
 * Promises that what it wrote down is true, and that the box does not outlive it.
 * Never knows what a box is for, nor how its sandbox is built: the plan says what to start.
 */
export { type Facts, FILES, type Plan, readWhole, takePlan, writeWhole } from './facts.ts'
export { KIND, WINDOW, createDeframer, frameOf, headerOf } from './frames.ts'
export {
  type Groups,
  cpuMsOf,
  foldersOf,
  isFrozen,
  limitGroups,
  limitsOf,
  makeGroups,
  membersOf,
  memoryOf,
  pidsOf,
  removeGroups,
  setFrozen,
} from './groups.ts'
export {
  type ProcessRef,
  type Processes,
  isAlive,
  processesOf,
  refOf,
  sendSignal,
  signalTree,
  treeOf,
} from './processes.ts'
export type { Limits } from './limits.ts'
export { launch } from './launch.ts'
export { openSpool } from './spool.ts'
