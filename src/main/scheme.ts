/** `app://gantry/`: the built page, from one folder, with its security headers. file:// would be far too powerful. */
import { protocol } from 'electron'
import { readFile } from 'node:fs/promises'
import { PAGE_HEADERS, contentType, fileInside } from '../core/index.ts'

export const declareScheme = (): void => {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

const notFound = () => new Response('Not found', { status: 404, headers: PAGE_HEADERS })

export const serveScheme = (folder: string): void => {
  protocol.handle('app', async (request) => {
    const { host, pathname } = new URL(request.url)
    const file = host === 'gantry' ? fileInside(folder, pathname) : undefined
    const content = file === undefined ? undefined : await readFile(file).catch(() => undefined)
    if (file === undefined || content === undefined) return notFound()
    return new Response(content, { headers: { ...PAGE_HEADERS, 'content-type': contentType(file) } })
  })
}
