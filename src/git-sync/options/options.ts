import { defineOptions } from '#kit/options.ts'
import { manual } from '../manual.ts'
import { credentials } from './credentials.ts'
import { deprecated } from './deprecated.ts'
import { git } from './git.ts'
import { hooks } from './hooks.ts'
import { push } from './push.ts'
import { safety } from './safety.ts'
import { what } from './what.ts'
import { when } from './when.ts'
import { where } from './where.ts'

/** Names, defaults and environment are those of kubernetes/git-sync v4. */
export const options = defineOptions({
  program: 'git-sync',
  summary: 'keeps a shared volume equal to a git repository',
  dialect: 'pflag',
  options: {
    ...what,
    ...where,
    ...safety,
    ...when,
    ...push,
    ...hooks,
    ...credentials,
    ...git,
    ...deprecated,
  },
  prints: {
    man: { help: 'The manual: files, signals, exit codes, examples and all of this', text: manual },
  },
})
