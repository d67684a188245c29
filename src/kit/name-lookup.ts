/** Longer than a name server that is well takes. */
const patienceMs = 500

/** The one lookup by the system that may hang now, of all that are asked for here. */
let hanging: Promise<void> | null = null

/**
 * All addresses of a name as the system finds them: by search domains and `/etc/hosts`, too.
 *
 * @throws Error when there are none
 */
export async function addressesOf(host: string): Promise<readonly string[]> {
  while (hanging !== null) await hanging
  const found = await lookupBySystem(host)
  return found.map(({ address }) => address)
}

/**
 * Resolves when the host's name can be looked up without a wait, when nobody can find it, or at
 * `end`. `fetch` asks the system for names on threads that all work on files needs, as few as two:
 * name servers that do not answer would stop that work for seconds each. So they are asked first
 * without a thread; and the system, which may know better, for one name at a time.
 * https://github.com/oven-sh/bun/pull/40642
 */
export async function nameKnown(host: string, end: AbortSignal): Promise<void> {
  if (isAddress(host)) return
  const ended = abortOf(end)
  const answered = answerOf(host)
  if (await Promise.race([answered, pause(patienceMs), ended])) return
  const known = answered.then((isAnswer) => isAnswer || ended)
  while (hanging !== null) if (await Promise.race([hanging, known, ended])) return
  const found = lookupBySystem(host).catch(() => {})
  await Promise.race([found, known, ended])
}

/** Holds a thread until the system gives up. */
function lookupBySystem(host: string): Promise<Bun.DNSLookup[]> {
  const found = Bun.dns.lookup(host, { backend: 'libc' })
  const free = (): void => {
    hanging = null
  }
  hanging = found.then(free, free)
  return found
}

/** To true at an answer, also that there is no such name; to false when nobody answers. */
async function answerOf(host: string): Promise<boolean> {
  try {
    await Bun.dns.lookup(host, { backend: 'c-ares' })
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return /NOTFOUND|NODATA/.test(code)
  }
}

function isAddress(host: string): boolean {
  return host === 'localhost' || host.startsWith('[') || /^[\d.]+$/.test(host)
}

function abortOf(signal: AbortSignal): Promise<true> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(true)
    signal.addEventListener('abort', () => resolve(true), { once: true })
  })
}

function pause(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms).unref())
}
