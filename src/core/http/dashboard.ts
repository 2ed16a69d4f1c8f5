/** The renderer's files over HTTP. They hold no secrets; what they show is asked for with a key. */
import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import { GantryError } from '../../contract/index.ts'
import { PAGE_HEADERS } from './headers.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

/** The file a path means inside a folder, or undefined where it would lead out of it. */
export const fileInside = (folder: string, path: string): string | undefined => {
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return undefined
  }
  if (decoded.includes('\0')) return undefined
  const file = normalize(join(folder, decoded === '' || decoded === '/' ? 'index.html' : decoded))
  return file.startsWith(normalize(folder) + sep) ? file : undefined
}

export const contentType = (file: string): string => TYPES[extname(file)] ?? 'application/octet-stream'

export const sendDashboard = async (response: ServerResponse, folder: string, path: string): Promise<void> => {
  const file = fileInside(folder, path)
  const content = file === undefined ? undefined : await readFile(file).catch(() => undefined)
  if (file === undefined || content === undefined) {
    throw new GantryError('E_NOT_FOUND', 'The dashboard has no such file.', { hint: 'Open /dashboard/.' })
  }
  response.writeHead(200, {
    ...PAGE_HEADERS,
    'content-type': contentType(file),
    'content-length': content.length,
    // Built files carry a hash in their name; the page that names them must always be fresh.
    'cache-control': file.endsWith('.html') ? 'no-cache' : 'public, max-age=31536000, immutable',
  })
  response.end(content)
}
