import { readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { contentTypeOf } from './content-types.ts'

export interface StaticServer {
  readonly port: number
  stop(): Promise<void>
}

export interface StaticServerOptions {
  /** The folder or the link to it; a link is followed anew for each request. */
  readonly root: string
  /** 0: the kernel's choice. */
  readonly port: number
}

/**
 * Serves files on loopback where nginx is not installed. Nothing that git keeps, nothing above the
 * root and nothing that a link in the tree points to outside of it is served.
 * @throws when the port is taken.
 */
export function startStaticServer({ root, port }: StaticServerOptions): StaticServer {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port,
    fetch: (request) => answer(request, root),
    error: () => new Response('The server failed\n', { status: 500 }),
  })
  return { port: server.port ?? port, stop: () => server.stop(true) }
}

async function answer(request: Request, root: string): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new Response('Only GET and HEAD\n', { status: 405, headers: { allow: 'GET, HEAD' } })
  }
  const { pathname } = new URL(request.url)
  const parts = safeParts(pathname)
  if (parts === null) return notFound()
  const found = await locate(root, parts)
  if (found === null) return notFound()
  if (found.kind === 'file') return fileAnswer(request, found)
  // relative links of a folder's page need the slash; two at the front would name another host
  if (!pathname.endsWith('/')) {
    return new Response(null, {
      status: 301,
      headers: { location: `/${parts.map(encodeURIComponent).join('/')}/` },
    })
  }
  const index = await locate(root, [...parts, 'index.html'])
  return index?.kind === 'file' ? fileAnswer(request, index) : listing(found.path, parts)
}

/** The names of the path, or null when one of them is not to be served. */
function safeParts(pathname: string): readonly string[] | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return null
  }
  const parts = decoded.split('/').filter((part) => part !== '' && part !== '.')
  const bad = (part: string): boolean =>
    part === '..' || part.includes('\0') || part.toLowerCase().startsWith('.git')
  return parts.some(bad) ? null : parts
}

interface Found {
  readonly kind: 'file' | 'folder'
  readonly path: string
  readonly sizeBytes: number
  readonly changedMs: number
}

/** What the names lead to inside the tree; null when there is nothing or it lies outside. */
async function locate(root: string, parts: readonly string[]): Promise<Found | null> {
  try {
    const tree = await realpath(root)
    const path = await realpath(join(tree, ...parts))
    const inside = path === tree || path.startsWith(tree + sep)
    const hidden = path
      .slice(tree.length)
      .split(sep)
      .some((part) => part.startsWith('.git'))
    if (!inside || hidden) return null
    const facts = await stat(path)
    if (!facts.isFile() && !facts.isDirectory()) return null
    return {
      kind: facts.isFile() ? 'file' : 'folder',
      path,
      sizeBytes: facts.size,
      changedMs: facts.mtimeMs,
    }
  } catch {
    return null
  }
}

function fileAnswer(request: Request, { path, sizeBytes, changedMs }: Found): Response {
  // two commits may give a file the same time and size: the tree's folder bears the commit
  const etag = `"${Bun.hash(`${path} ${sizeBytes} ${changedMs}`).toString(36)}"`
  const headers = {
    'content-type': contentTypeOf(path),
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    etag,
  }
  if (request.headers.get('if-none-match') === etag)
    return new Response(null, { status: 304, headers })
  return new Response(Bun.file(path), { headers })
}

async function listing(folder: string, parts: readonly string[]): Promise<Response> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries
    .filter((entry) => !entry.name.toLowerCase().startsWith('.git'))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort()
  const title = Bun.escapeHTML(`/${parts.join('/')}`)
  const items = names.map((name) => {
    const href = name.split('/').map(encodeURIComponent).join('/')
    return `<li><a href="./${href}">${Bun.escapeHTML(name)}</a>`
  })
  const page = `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><ul>${items.join('')}</ul>\n`
  return new Response(page, { headers: { 'content-type': contentTypeOf('index.html') } })
}

function notFound(): Response {
  return new Response('Not found\n', { status: 404 })
}
