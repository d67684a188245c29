import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import { startChild } from '#test/fixtures/child.ts'
import { until } from '#test/fixtures/until.ts'
import { tableOf } from '#topz/model/table-of.ts'
import { Sampler } from '#topz/sample/sampler.ts'

async function commandOf(pid: number): Promise<string | undefined> {
  const sampler = new Sampler({ procRoot: '/proc', clock: systemClock })
  try {
    const { processes } = tableOf({ previous: null, current: await sampler.take() })
    return processes.find((row) => row.pid === pid)?.command
  } finally {
    sampler.close()
  }
}

test('arguments of 4,000 bytes are shown whole', async () => {
  const start = 'perl -e sleep 600 '
  const long = 'x'.repeat(4000 - start.length)
  await using child = startChild(['perl', '-e', 'sleep 600', long])
  await until(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'perl\n' || null)
  expect(await commandOf(child.pid)).toBe(`${start}${long}`)
})

test('a program that was started without any argument, not even its name, is shown by its name', async () => {
  // from 5.18 on the kernel puts one empty argument where there is none
  const script = `
    my $execve = \`uname -m\` =~ /aarch64/ ? 221 : 59;
    my ($program, $none) = ("/bin/cat", pack "Q", 0);
    syscall $execve, $program, $none, $none;
    die "execve: $!"`
  const child = Bun.spawn(['perl', '-e', script], { stdin: 'pipe', stdout: 'pipe' })
  try {
    await until(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'cat\n' || null)
    expect(await commandOf(child.pid)).toBe('[cat]')
  } finally {
    child.kill('SIGKILL')
    await child.exited
  }
})
