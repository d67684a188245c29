import { render } from 'preact'
import type { Table } from '#topz/model/table.ts'
import { App } from './app.tsx'

const first = document.getElementById('first')
const page = document.getElementById('page')
if (first !== null && page !== null) {
  const table: Table = JSON.parse(first.textContent)
  render(<App first={table} host={page.dataset.host ?? ''} />, page)
}
