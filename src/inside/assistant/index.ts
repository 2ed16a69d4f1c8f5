/**
 * Owns the program `assistant`: a model that works on a task in steps, with tools, in its box.
 * Promises a readable log, an end within its limits, and that a person is asked before what the template says.
 * Never holds a key, and reaches nothing but what the box offers it.
 */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { Agent } from 'node:http'
import { createAskPerson } from './ask-person.ts'
import { createBoxTools } from './box-tools.ts'
import { createClock } from './clock.ts'
import { createConversation } from './conversation.ts'
import { createGuard } from './guarded.ts'
import { createHost } from './host.ts'
import { openInbox } from './inbox.ts'
import { openMcpTools } from './mcp-tools.ts'
import { createPatientFetch } from './patient-fetch.ts'
import { createPrinter } from './printer.ts'
import { type Settings, readSettings } from './settings.ts'
import { EXIT, Stop, messageOf } from './stop.ts'

const INSTRUCTIONS = `You work on a task in a sandbox of your own, a Linux box without network, in the folder you are in.
Work in small steps with the tools you have. Look at results before you go on.
Ask the person with ask_person only for what you cannot find out or must not decide yourself.
When the task is done, say in a few sentences what you did and what came of it.`

const run = async (settings: Settings, write: (text: string) => void): Promise<number> => {
  const { limits } = settings
  const agent = new Agent({ keepAlive: true })
  const patientFetch = createPatientFetch(agent)
  const printer = createPrinter(write)
  const host = createHost(settings.gantryUrl, patientFetch)
  const ending = new AbortController()
  let wanted: Stop | undefined
  const clock = createClock(limits.seconds, () =>
    ending.abort(
      new Stop(EXIT.limit, `${limits.seconds} s of work are used up, and the task is not done. I stop here.`),
    ),
  )
  const inbox = settings.isInteractive ? openInbox(process.stdin) : undefined
  const mcp = await openMcpTools(settings.mcpUrl, patientFetch)
  try {
    if (mcp.problem !== undefined) printer.print('wire', `no tools of Gantry: ${mcp.problem}`)
    const guard = createGuard({
      printer,
      host,
      clock,
      approve: settings.approve,
      stop: (stop) => {
        wanted ??= stop
      },
    })
    const provider = createOpenAICompatible({
      name: 'gantry',
      baseURL: settings.modelUrl,
      includeUsage: true,
      fetch: patientFetch,
    })
    const tools = {
      ...guard.all(mcp.tools, 'gantry'),
      ...guard.all(createBoxTools({ folder: process.cwd(), onOutput: printer.indented }), 'ours'),
      ...guard.all({ ask_person: createAskPerson({ host, printer }) }, 'person'),
    }
    const conversation = createConversation({
      model: provider(settings.model),
      system: [INSTRUCTIONS, settings.system].filter((text) => text.trim() !== '').join('\n\n'),
      tools,
      printer,
      host,
      guard,
      limits,
      signal: ending.signal,
      wantedStop: () => wanted,
    })
    const next = () => (inbox === undefined ? Promise.resolve(undefined) : clock.standStill(inbox.next))
    let message = settings.task === '' ? await next() : settings.task
    while (message !== undefined) {
      await conversation.work(message)
      message = await next()
      if (message !== undefined) printer.print('told', message)
    }
    return EXIT.done
  } catch (error) {
    const stop = error instanceof Stop ? error : new Stop(EXIT.failed, `I cannot go on: ${messageOf(error)}`)
    printer.print('stop', stop.message)
    await host.say('text', stop.message)
    return stop.code
  } finally {
    clock.close()
    inbox?.close()
    await mcp.close()
    agent.destroy()
  }
}

const write = (text: string) => void process.stdout.write(text)
try {
  process.exitCode = await run(readSettings(process.env), write)
} catch (error) {
  write(`stop  ${messageOf(error)}\n`)
  process.exitCode = EXIT.failed
}
