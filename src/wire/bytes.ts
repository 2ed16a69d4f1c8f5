/** Bytes in JSON: readable where they are text, exact where they are not. */
import { Buffer, isUtf8 } from 'node:buffer'

export type Bytes = { text: string } | { base64: string }

export const encodeBytes = (bytes: Buffer): Bytes =>
  isUtf8(bytes) ? { text: bytes.toString('utf8') } : { base64: bytes.toString('base64') }

export const decodeBytes = (bytes: Bytes): Buffer =>
  'text' in bytes ? Buffer.from(bytes.text, 'utf8') : Buffer.from(bytes.base64, 'base64')
