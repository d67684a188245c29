import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { contentTypes, unknownType } from './content-types.ts'
import type { Environment } from './environment.ts'
import { type Program, startProgram } from './program.ts'
import { startStaticServer } from './static-server.ts'

export interface WebServerOptions {
  /** The link that git-sync publishes. */
  readonly root: string
  readonly port: number
  /** For nginx's own files; it is made. */
  readonly folder: string
  readonly env: Environment
  readonly onLine: (line: string) => void
}

export interface WebServer {
  readonly name: 'nginx' | 'embedded server'
  /** The process, when it has one of its own. */
  readonly program: Program | null
  stop(): Promise<void>
}

/** nginx where it is installed and takes our configuration, else the embedded server. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const nginx = findNginx(options.env.PATH)
  if (nginx !== null) {
    const command = await configure(nginx, options)
    if (await accepts(command, options)) {
      const program = startProgram('nginx', command, { ...options, cwd: options.folder })
      return { name: 'nginx', program, stop: program.stop }
    }
  }
  const server = startStaticServer(options)
  return { name: 'embedded server', program: null, stop: server.stop }
}

function findNginx(path = ''): string | null {
  // Debian keeps it where an ordinary user's PATH does not look
  return Bun.which('nginx', { PATH: `${path}:/usr/sbin:/usr/local/sbin` })
}

async function configure(nginx: string, options: WebServerOptions): Promise<readonly string[]> {
  const { folder } = options
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'nginx.conf'), configuration(options))
  return [nginx, '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']
}

async function accepts(command: readonly string[], options: WebServerOptions): Promise<boolean> {
  const test = Bun.spawn([...command, '-t'], {
    env: { ...options.env },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  })
  return (await test.exited) === 0
}

/** An ordinary user's nginx: everything it writes is in its folder. */
function configuration({ root, port, folder }: WebServerOptions): string {
  const types = Object.entries(contentTypes).map(
    ([extension, type]) => `${quoted(type)} ${extension};`,
  )
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off;
worker_processes 1;
pid ${quoted(join(folder, 'nginx.pid'))};
error_log stderr error;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http {
${temporary.map((name) => `  ${name}_temp_path ${quoted(join(folder, name))};`).join('\n')}
  access_log off;
  types { ${types.join(' ')} }
  default_type ${unknownType};
  server {
    listen 127.0.0.1:${port};
    root ${quoted(root)};
    index index.html;
    autoindex on;
    # the link itself is followed, links in the tree are not: they might lead out of it
    disable_symlinks on from=$document_root;
    absolute_redirect off;
    add_header Cache-Control no-cache;
    add_header X-Content-Type-Options nosniff;
    location ~* /\\.git { return 404; }
  }
}
`
}

/** In nginx.conf a quoted word may have spaces; a dollar would begin a variable in either. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}
