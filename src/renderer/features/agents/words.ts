import type { AgentNeed, AgentNetwork, AgentWorkspace } from '../../../contract/index.ts'

const NETWORK = {
  none: 'none',
  egress: 'only hosts on its list',
  bridge: 'that of the engine',
} as const satisfies Record<AgentNetwork['mode'], string>

export const networkWords = ({ mode, record }: AgentNetwork): string =>
  mode === 'egress' && record ? 'every public host, noted' : NETWORK[mode]

/** What it wants to be told. What it asks approval for is a call, and reads like one. */
export const needWords = ({ kind, text }: AgentNeed): string => (kind === 'approval' ? `May it do this? ${text}` : text)

export const workspaceWords = (workspace: AgentWorkspace): string => {
  switch (workspace.kind) {
    case 'none':
      return 'none'
    case 'copy':
      return `a copy of ${workspace.path}`
    case 'git':
      return `a clone of ${workspace.path}${workspace.ref === undefined ? '' : ` at ${workspace.ref}`}`
  }
}
