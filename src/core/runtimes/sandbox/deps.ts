/** What the sandbox runtime is given. Nothing else of the machine is taken for granted. */

export interface SandboxDeps {
  home: string
  /** Which Gantry the boxes belong to: it stands in the names of their control groups. */
  owner: string
  materials: {
    node: string
    /** The folder of agent.mjs and the programs beside it. */
    scripts: string
    supervisor: string
  }
  now: () => Date
  /** Rejects when the signal aborts. */
  delay: (ms: number, signal?: AbortSignal) => Promise<void>
  env?: Record<string, string | undefined>
  platform?: NodeJS.Platform
  architecture?: string
  /** What runs in a box instead of the agent script: for tests. */
  inside?: readonly string[]
  /** Where root puts copies of programs that the user of boxes could not read: by default beside other temporary things. */
  stage?: string
  /** `none` does without control groups where there are some: for tests. */
  groups?: 'found' | 'none'
  /** Most bytes of output that are kept for a box whose output nobody takes. */
  spoolBytes?: number
}
