import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { onceCommand } from '../instruments/git-sync.ts'
import { timed } from '../instruments/timed.ts'
import { transports } from '../instruments/transport.ts'
import { median } from '../run.ts'
import { type Figures, ofGitSync, type Sizes, type Subject } from '../subject.ts'

type Key = 'version' | 'file' | 'http'

const clone = 'git clone --depth 1'

export const startUp = ({ starts }: Sizes): Subject<Key> => ({
  name: 'start-up',
  how: `Whole processes, ${starts} of them a run, their median: \`--version\`, and \`--one-time\` of a repository with one small file into a new root, by file:// and from nginx with a login.`,
  needs: [...transports.http.needs],
  rows: {
    version: { what: '`--version`', unit: 'ms', beside: 'git --version' },
    file: {
      what: 'one-time sync of a tiny repository, file',
      unit: 'ms',
      beside: clone,
      budget: [{ atMost: 1, of: 'peer' }, { atMost: 84 }],
    },
    http: {
      what: 'one-time sync of a tiny repository, http',
      unit: 'ms',
      beside: clone,
      budget: [{ atMost: 1, of: 'peer' }, { atMost: 109 }],
    },
  },
  async open(bench) {
    await using stack = new AsyncDisposableStack()
    const repository = stack.use(await createRepository())
    const file = await transports.file.open(repository)
    const http = stack.use(await transports.http.open(repository))
    const syncMs = (executable: string, way: typeof http): Promise<number | null> =>
      medianMs(starts, (folder) => [onceCommand(executable, folder, way), way.env])
    const cloneMs = ({ git }: typeof http): Promise<number | null> =>
      medianMs(starts, (folder) => [[...clone.split(' '), git.url, `${folder}/clone`], git.env])
    const owned = stack.move()
    return {
      measure: {
        ...ofGitSync<Key>(bench, async (executable) => ({
          version: await medianMs(starts, () => [[executable, '--version'], {}]),
          file: await syncMs(executable, file),
          http: await syncMs(executable, http),
        })),
        beside: async (): Promise<Figures<Key>> => ({
          version: await medianMs(starts, () => [['git', '--version'], {}]),
          file: await cloneMs(file),
          http: await cloneMs(http),
        }),
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    }
  },
})

/** Of so many processes, each with a new empty folder. */
async function medianMs(
  count: number,
  commandIn: (
    folder: string,
  ) => readonly [readonly string[], Readonly<Record<string, string | undefined>>],
): Promise<number | null> {
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    await using folder = temporaryFolder('start')
    const [command, env] = commandIn(folder.path)
    times.push((await timed(command, { env })).wallMs)
  }
  return median(times)
}
