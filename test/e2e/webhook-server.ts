import { until } from '#test/fixtures/until.ts'

/** What a webhook was asked with. */
export interface Asked {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly hash: string | null
  readonly login: string | null
  readonly host: string | null
  readonly type: string | null
  /** The three that come with a body. */
  readonly delivery: string | null
  readonly signature: string | null
  readonly body: string
}

export interface WebhookServer extends Disposable {
  readonly url: string
  readonly asked: readonly Asked[]
  /** Waits for so many requests. */
  untilAsked(least: number): Promise<readonly Asked[]>
}

/** A server that writes down what it is asked, and answers as it is told to. */
export function startWebhookServer(
  answer: (asked: Asked, count: number) => Response | Promise<Response> = () => new Response('ok'),
): WebhookServer {
  const asked: Asked[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 60,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const { headers, method } = request
      const one = {
        method,
        path: pathname + search,
        hash: headers.get('gitsync-hash'),
        login: headers.get('authorization'),
        host: headers.get('host'),
        type: headers.get('content-type'),
        delivery: headers.get('gitsync-delivery'),
        signature: headers.get('x-hub-signature-256'),
        body: await request.text(),
      }
      asked.push(one)
      return answer(one, asked.length)
    },
  })
  const ask = (least: number) => () => (asked.length >= least ? asked : null)
  return {
    url: `http://127.0.0.1:${server.port}`,
    asked,
    untilAsked: (least) => until(ask(least), { timeoutMs: 20_000, what: `${least} requests` }),
    [Symbol.dispose]: () => void server.stop(true),
  }
}
