/** The log that people read: a word for what it is, then what it says; what belongs to it follows indented. */

export type Word = 'tool' | 'think' | 'ask' | 'told' | 'say' | 'wire' | 'stop'

const WIDTH = 6

export const createPrinter = (write: (text: string) => void) => {
  let open: { word: Word; rest: string; isBegun: boolean } | undefined

  const line = (word: Word | undefined, text: string) => write(`${(word ?? '').padEnd(WIDTH)}${text}`.trimEnd() + '\n')

  const writeLines = (upTo: string[]) => {
    for (const text of upTo) {
      line(open?.isBegun === true ? undefined : open?.word, text)
      if (open !== undefined) open.isBegun = true
    }
  }

  const end = () => {
    if (open === undefined) return
    if (open.rest.trim() !== '') writeLines([open.rest])
    open = undefined
  }

  return {
    print: (word: Word, text: string) => {
      end()
      const [first = '', ...more] = text.split('\n')
      line(word, first)
      for (const next of more) line(undefined, next)
    },
    /** Output of a tool, as it comes. */
    indented: (text: string) => {
      end()
      write(`  ${text}\n`)
    },
    /** Adds to a text that is being said: each of its lines is shown when it is complete. */
    stream: (word: Word, text: string) => {
      if (open?.word !== word) {
        end()
        open = { word, rest: '', isBegun: false }
      }
      const lines = (open.rest + text).split('\n')
      open.rest = lines.pop() ?? ''
      writeLines(lines)
    },
    end,
  }
}

export type Printer = ReturnType<typeof createPrinter>
