import { run } from '#kit/run.ts'
import { daemon } from './daemon.ts'
import { writeRefusal } from './error-file.ts'
import { options } from './options/options.ts'
import { settle } from './options/settle.ts'

process.exitCode = await run({
  options,
  settle,
  daemon,
  async refused({ exitCode, message, values }) {
    if (exitCode === 1) await writeRefusal(message, values)
  },
})
