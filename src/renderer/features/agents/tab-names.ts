export const AGENT_TABS = ['log', 'conversation', 'timeline', 'patch', 'network', 'settings'] as const
export type AgentTab = (typeof AGENT_TABS)[number]

/** From the address, where anybody may have written anything. */
export const readTab = (given: Record<string, unknown>): { tab?: AgentTab } => {
  const tab = AGENT_TABS.find((name) => name === given['tab'])
  return tab === undefined ? {} : { tab }
}
