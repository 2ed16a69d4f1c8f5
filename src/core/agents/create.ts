/** From what was asked for to what an agent is given: checked against the catalogue, with every default filled in. */
import {
  type Actor,
  type AgentCreate,
  AgentLimits,
  type AgentTemplate,
  GantryError,
  type RuntimeName,
  roleMay,
} from '../../contract/index.ts'
import type { AgentPorts } from './ports.ts'
import type { NewAgentRow } from './records.ts'
import type { AgentSpec } from './spec.ts'

export interface CreateDeps extends Pick<AgentPorts, 'catalog' | 'runtimes' | 'secrets' | 'workspace'> {
  now: () => Date
  newId: () => string
}

const SECRET_REFERENCE = /^secret:(.+)$/

/** In the form in which schemas refuse, so that a form can say it at the field. */
const refuse = (path: string, message: string, hint: string): never => {
  throw new GantryError('E_SCHEMA', message, { hint, details: [{ path, message }] })
}

const checkTask = ({ id, task: wanted }: AgentTemplate, task: string) => {
  if (wanted === 'required' && task.trim() === '')
    refuse('task', `The template "${id}" needs a task.`, 'Say what the agent is to do.')
  if (wanted === 'none' && task !== '')
    refuse('task', `The template "${id}" takes no task.`, 'Leave the task out; the parameters say what it does.')
}

const checkEnvironment = (environment: Record<string, string>, secrets: CreateDeps['secrets']) => {
  for (const [name, value] of Object.entries(environment)) {
    const reference = SECRET_REFERENCE.exec(value)?.[1]
    if (reference !== undefined && !secrets.has(reference)) {
      throw new GantryError('E_NOT_FOUND', `There is no secret named "${reference}".`, {
        hint: `Keep it first: gantry secrets set ${reference}`,
      })
    }
    if (reference === undefined && secrets.looksLikeSecret(value, name)) {
      refuse(
        `environment.${name}`,
        `The value of ${name} looks like a secret, and secrets do not enter a sandbox.`,
        `Keep it with \`gantry secrets set <name>\` and give secret:<name> here: it is filled in on this side of the wire, where it is needed.`,
      )
    }
  }
}

const chooseTools = (template: AgentTemplate, wanted: readonly string[] | undefined): string[] => {
  const unknown = (wanted ?? []).filter((tool) => !template.tools.includes(tool))
  if (unknown.length > 0) {
    throw new GantryError('E_FORBIDDEN', `The template "${template.id}" does not allow ${unknown.join(', ')}.`, {
      hint: template.tools.length === 0 ? 'It allows no tools.' : `It allows ${template.tools.join(', ')}.`,
    })
  }
  return [...(wanted ?? template.tools)]
}

const chooseModel = (template: AgentTemplate, wanted: string | undefined, catalog: CreateDeps['catalog']) => {
  const id = wanted ?? template.model
  if (id === undefined) return null
  const model = catalog.model(id)
  const chain = [model.id, ...model.fallbacks]
  const reasons = chain.map((one) => catalog.whyNot('model', one))
  const usable = chain.filter((_, index) => reasons[index] === null)
  if (usable.length === 0 && (template.usesModel || wanted !== undefined)) {
    throw new GantryError('E_UNAVAILABLE', `The model "${id}" cannot be used: ${reasons[0] ?? ''}`, {
      hint: 'Choose another model, or give its provider a key: gantry secrets set <name>. The model "demo" needs none.',
    })
  }
  return { id, chain: usable }
}

/** Only people may open a door for what runs inside; what runs inside opens none for others. */
const checkReach = ({ network, workspace }: AgentCreate, actor: Actor) => {
  if (actor.kind === 'agent' && network.mode !== 'none') {
    throw new GantryError('E_FORBIDDEN', 'An agent cannot give another one a way out.', {
      hint: 'Leave the network out, or ask the person you work for.',
    })
  }
  if (network.mode === 'bridge' && !roleMay(actor.role, 'agents:bridge')) {
    throw new GantryError('E_FORBIDDEN', 'Only an admin may give an agent the network of the engine.', {
      hint: 'Use egress with the hosts that it needs.',
    })
  }
  if (workspace.kind !== 'none' && actor.role === 'client') {
    throw new GantryError('E_FORBIDDEN', 'A program may not hand folders of this machine to an agent.', {
      hint: 'Start it yourself, or with a key of the role operator.',
    })
  }
}

const chooseRuntime = async (
  template: AgentTemplate,
  { runtime: wanted, network, image }: AgentCreate,
  runtimes: CreateDeps['runtimes'],
): Promise<RuntimeName> => {
  const fits = (name: RuntimeName) =>
    template.runtimes.includes(name) && !(name === 'sandbox' && (network.mode === 'bridge' || image !== undefined))
  const candidates = wanted === 'auto' ? template.runtimes.filter(fits) : [wanted]
  const [first] = candidates
  if (first === undefined || !candidates.some(fits)) {
    return refuse(
      'runtime',
      `An agent of the template "${template.id}" cannot run in ${wanted === 'auto' ? 'any runtime' : wanted} like this.`,
      `The template runs in ${template.runtimes.join(' or ')}; an image of your own and the network bridge need docker.`,
    )
  }
  const reasons: string[] = []
  for (const name of candidates) {
    const { available, reason } = await runtimes.get(name).status()
    if (available) return name
    reasons.push(`${name}: ${reason ?? 'not available'}`)
  }
  throw new GantryError('E_UNAVAILABLE', `There is nowhere to run it. ${reasons.join(' ')}`, {
    hint: 'gantry runtimes list shows what is missing.',
  })
}

export const prepareAgent = async (
  input: AgentCreate,
  actor: Actor,
  { catalog, runtimes, secrets, workspace, now, newId }: CreateDeps,
): Promise<NewAgentRow> => {
  const template = catalog.template(input.template)
  checkTask(template, input.task)
  checkEnvironment(input.environment, secrets)
  checkReach(input, actor)
  const tools = chooseTools(template, input.tools)
  const model = chooseModel(template, input.model, catalog)
  const limits = AgentLimits.parse({ ...template.limits, ...input.limits })
  const { command, environment, parameters } = catalog.fill(template, {
    task: input.task,
    model: model?.id ?? '',
    parameters: input.parameters,
  })
  await workspace.check(input.workspace)
  const runtime = await chooseRuntime(template, input, runtimes)
  const image = input.image ?? template.image
  const missing = runtime === 'docker' ? await runtimes.whyNotImage(image) : null
  if (missing !== null) {
    throw new GantryError('E_UNAVAILABLE', `The template "${template.id}" cannot be used: ${missing}`, {
      hint: `Make it: gantry runtimes build ${image}`,
    })
  }

  const ours = tools.flatMap((tool) => catalog.tool(tool).operations)
  const isOurs = (name: string) => ours.includes(name)
  const id = newId()
  const spec: AgentSpec = {
    task: input.task,
    parameters,
    tools,
    environment: input.environment,
    limits,
    network: input.network,
    workspace: input.workspace,
    image,
    command,
    variables: {
      ...environment,
      GANTRY_TASK: input.task,
      GANTRY_MODEL: model?.id ?? '',
      GANTRY_PARAMETERS: JSON.stringify(parameters),
      // Calls of Gantry's tools are asked about on this side; the others only the program itself can ask about.
      GANTRY_APPROVE: template.approve.filter((name) => !isOurs(name)).join(','),
      GANTRY_INTERACTIVE: template.interactive ? '1' : '',
    },
    approve: template.approve,
    interactive: template.interactive,
    models: model?.chain ?? [],
  }
  const at = now().getTime()
  return {
    id,
    name: input.name ?? `${template.id}-${id.slice(0, 4)}`,
    template: template.id,
    state: 'pending',
    runtime,
    boxId: newId(),
    model: model?.id ?? null,
    labels: JSON.stringify(input.labels),
    budget: JSON.stringify(input.budget),
    spec: JSON.stringify(spec),
    creatorKind: actor.kind,
    creatorId: actor.id,
    creatorName: actor.name,
    parentId: actor.kind === 'agent' ? actor.id : null,
    createdAt: at,
    expiresAt: at + limits.ttlSeconds * 1000,
    lastActivityAt: at,
  }
}
