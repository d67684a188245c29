import { expect, test } from 'bun:test'
import { later, madeUpPod, madeUpProcess } from '#topz/model/made-up-pod.ts'
import { renderPage } from './html.ts'

test('hostile text stays text, in the table and in the data', () => {
  const command = '</script></noscript><img src=x onerror=alert(1)>\u202e"\'&'
  const table = later(madeUpPod, { processes: [madeUpProcess(7, { command })] })
  const html = renderPage({ table, processes: table.processes, host: '<b>' })
  expect(html).not.toContain('<img')
  expect(html.match(/<\/script>/g)).toHaveLength(2)
  expect(html.match(/<\/noscript>/g)).toHaveLength(2)
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&lt;U+202E&gt;&quot;&#39;&amp;')
  const data = /id="first">(.*?)<\/script>/.exec(html)?.[1] ?? ''
  expect(JSON.parse(data)).toEqual(table)
})

test('every address in it is relative, so that it works below any prefix', () => {
  const html = renderPage({ table: madeUpPod, processes: madeUpPod.processes, host: 'pod' })
  const addresses = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map((match) => match[1])
  expect(addresses).toEqual(['data:,', 'topz/page.css', 'topz/page.js'])
})

test('a value that is missing tells why', () => {
  const html = renderPage({ table: madeUpPod, processes: madeUpPod.processes, host: 'pod' })
  expect(html).toContain('title="hidden: it runs as another user than topz">·</span>')
})

test('thousands of processes are cut in the plain table and whole in the data', () => {
  const processes = Array.from({ length: 3000 }, (_, at) => madeUpProcess(at + 1, {}))
  const html = renderPage({ table: later(madeUpPod, { processes }), processes, host: 'pod' })
  expect(html.match(/<tr>/g)).toHaveLength(501)
  expect(html).toContain('2500 more: <a href="topz.txt?wide">all as text</a>')
  expect(html).toContain('"pid":3000')
})
