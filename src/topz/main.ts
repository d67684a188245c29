#!/usr/bin/env bun
import { run } from '#kit/run.ts'
import { daemon } from './daemon.ts'
import { options } from './options.ts'

process.exitCode = await run({ options, daemon })
