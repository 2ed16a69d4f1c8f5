/** The tool with which the model asks the person it works for. */
import { type Tool, tool } from 'ai'
import { z } from 'zod'
import type { Host } from './host.ts'
import type { Printer } from './printer.ts'

export const createAskPerson = ({ host, printer }: { host: Host; printer: Printer }): Tool =>
  tool({
    description:
      'Asks the person you work for, and waits for the answer. Use it for what only they can know or decide.',
    inputSchema: z.object({
      question: z.string().min(1).max(30_000),
      choices: z.array(z.string().max(500)).max(12).optional().describe('Answers to choose from'),
    }),
    execute: async ({ question, choices }) => {
      printer.print('ask', choices === undefined ? question : `${question}  [${choices.join(' | ')}]`)
      printer.print('wire', 'waiting for an answer; the time at work stands still')
      const answer = await host.ask({ kind: 'question', question, ...(choices === undefined ? {} : { choices }) })
      printer.print('told', answer)
      return answer
    },
  })
