import { type Os, actorOf } from '../operations/index.ts'
import type { Agents } from './index.ts'

export const createAgentsRouter = (os: Os, agents: Agents) =>
  os.agents.router({
    create: os.agents.create.handler(({ input, context }) => agents.create(input, actorOf(context))),
    list: os.agents.list.handler(({ input, context }) => agents.list(input, actorOf(context))),
    get: os.agents.get.handler(({ input, context }) => agents.get(input.id, actorOf(context))),
    status: os.agents.status.handler(({ input, context }) => agents.status(input.id, actorOf(context))),
    sendInput: os.agents.sendInput.handler(({ input, context }) => agents.sendInput(input, actorOf(context))),
    pause: os.agents.pause.handler(({ input, context }) => agents.pause(input.id, actorOf(context))),
    resume: os.agents.resume.handler(({ input, context }) => agents.resume(input.id, actorOf(context))),
    cancel: os.agents.cancel.handler(({ input, context }) =>
      agents.cancel(input.id, input.graceSeconds, actorOf(context)),
    ),
    remove: os.agents.remove.handler(({ input, context }) => agents.remove(input.id, actorOf(context))),
    cancelAll: os.agents.cancelAll.handler(({ input, context }) => agents.cancelAll(input, actorOf(context))),
    wait: os.agents.wait.handler(({ input, context, signal }) => agents.wait(input, actorOf(context), signal)),
    logs: os.agents.logs.handler(({ input, context }) => agents.logs(input, actorOf(context))),
    stream: os.agents.stream.handler(({ input, context, signal }) => agents.stream(input, actorOf(context), signal)),
    search: os.agents.search.handler(({ input, context }) => agents.search(input, actorOf(context))),
    messages: os.agents.messages.handler(({ input, context }) => agents.messages(input.id, actorOf(context))),
    stats: os.agents.stats.handler(({ input, context, signal }) =>
      agents.stats(input.ids, input.history, actorOf(context), signal),
    ),
    isolation: os.agents.isolation.handler(({ input, context }) => agents.isolation(input.id, actorOf(context))),
    patch: os.agents.patch.handler(({ input, context }) => agents.patch(input.id, actorOf(context))),
    applyPatch: os.agents.applyPatch.handler(({ input, context }) =>
      agents.applyPatch(input.id, input.paths, actorOf(context)),
    ),
    egress: os.agents.egress.handler(({ input, context }) => agents.egress(input.id, actorOf(context))),
  })
