import { expect, test } from 'bun:test'
import { seeded } from '#test/fixtures/seeded.ts'
import { formDecoder, isForm } from './form.ts'

test('a form is decoded as browsers do, however it is cut into pieces', () => {
  const random = seeded(20_260_304)
  const letters = [...'aZ09-_.~*% +&=;/\\"\'{}\r\n\0é€😀']
  for (let round = 0; round < 500; round += 1) {
    const length = Math.floor(random() * 200)
    const pick = (): string => letters[Math.floor(random() * letters.length)] ?? ''
    const text = Array.from({ length }, pick).join('')
    const body = new TextEncoder().encode(new URLSearchParams({ payload: text }).toString())
    const decode = formDecoder()
    const decoded: number[] = []
    for (let at = 0; at < body.length; ) {
      const next = at + 1 + Math.floor(random() * 9)
      decoded.push(...decode(body.subarray(at, next)))
      at = next
    }
    expect(new TextDecoder().decode(Uint8Array.from(decoded))).toBe(text)
  }
})

test('what stands behind the payload stays in it, and is no second one', () => {
  const body = new TextEncoder().encode('payload=%7B%7D&payload=%5B%5D')
  expect(new TextDecoder().decode(formDecoder()(body))).toBe('{}&payload=[]')
})

test('a form is known by its content type, with parameters and in capitals too', () => {
  const typed = (type: string) => isForm(new Headers({ 'content-type': type }))
  expect(typed('application/x-www-form-urlencoded')).toBe(true)
  expect(typed('Application/X-WWW-Form-URLencoded; charset=utf-8')).toBe(true)
  expect(typed('application/json')).toBe(false)
  expect(isForm(new Headers())).toBe(false)
})
