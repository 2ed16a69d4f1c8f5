/** What a box may use at the most. */
export interface Limits {
  cpus: number
  memoryBytes: number
  pids: number
  diskBytes: number
}
