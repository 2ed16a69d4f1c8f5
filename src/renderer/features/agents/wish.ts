/** What a new agent begins from: a template, or one that was. */
export interface Wish {
  like?: string
  template?: string
}

export const readWish = (given: Record<string, unknown>): Wish => ({
  ...(typeof given['like'] === 'string' ? { like: given['like'] } : {}),
  ...(typeof given['template'] === 'string' ? { template: given['template'] } : {}),
})
