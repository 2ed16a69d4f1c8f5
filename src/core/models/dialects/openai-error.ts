/** OpenAI's form of an error, which both of its shapes have. */
import type { CallFailure } from '../failure.ts'
import type { Json } from '../json.ts'

export const openaiError = ({ message, code, form }: CallFailure): Json => ({
  error: { message, type: form.openai, param: null, code: code ?? form.openai },
})
