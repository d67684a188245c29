import { temporaryFolder } from '#test/fixtures/temp.ts'
import { onceCommand } from '../instruments/git-sync.ts'
import { manyFiles } from '../instruments/many-files.ts'
import { flushed, timed } from '../instruments/timed.ts'
import { transports } from '../instruments/transport.ts'
import { type Figures, ofGitSync, type Sizes, type Subject } from '../subject.ts'

type Key = 'time' | 'cpu'

const clone = 'git clone --depth 1'

export const firstSync = ({ files }: Sizes): Subject<Key> => ({
  name: 'first-sync',
  how: 'A whole `--one-time` into a new root by file://, files of 4 KiB; what earlier runs wrote is on the disk before.',
  needs: [],
  rows: {
    time: {
      what: `first sync of ${files.toLocaleString('en')} files`,
      unit: 'ms',
      beside: clone,
      budget: [{ atMost: 1, of: 'beside' }],
    },
    cpu: {
      what: `first sync of ${files.toLocaleString('en')} files: CPU`,
      unit: 'ms',
      beside: clone,
    },
  },
  async open(bench) {
    const large = await manyFiles(files, [])
    const way = await transports.file.open(large.repository)
    const inNewFolder = async (
      commandIn: (folder: string) => readonly string[],
      env: typeof way.env,
    ): Promise<Figures<Key>> => {
      await using folder = temporaryFolder('first')
      await flushed(folder.path)
      const { wallMs, cpuMs } = await timed(commandIn(folder.path), { env })
      return { time: wallMs, cpu: cpuMs }
    }
    return {
      measure: {
        ...ofGitSync<Key>(bench, (executable) =>
          inNewFolder((folder) => onceCommand(executable, folder, way), way.env),
        ),
        beside: () =>
          inNewFolder(
            (folder) => [...clone.split(' '), way.git.url, `${folder}/clone`],
            way.git.env,
          ),
      },
      [Symbol.asyncDispose]: large[Symbol.asyncDispose],
    }
  },
})
