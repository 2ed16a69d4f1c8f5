/** The last look at a line before it is written: anything shaped like one of our secrets is blanked. */

/** Keys, session tokens, login codes and the owner's token all begin with one of these. */
export const SECRET_PREFIXES = ['gky_', 'gss_', 'glc_', 'gow_'] as const

// No word boundary before it: in JSON a line break before a secret is the letters `\\n`.
const OURS = new RegExp(`(${SECRET_PREFIXES.join('|')})[A-Za-z0-9_-]{8,}`, 'g')
const BEARER = /(bearer\s+|x-api-key["']?\s*[:=]\s*["']?)[^\s"',}]+/gi

export const scrub = (text: string): string => text.replaceAll(OURS, '$1***').replaceAll(BEARER, '$1***')
