import { expect, test } from 'vitest'
import { idOfUrl, isWebAddress, readDumpUrl, shownAddress, signOnce } from '../../../src/dumps/dump-url.ts'

const signed = 'https://files.example.com/acme/b1.dump?X-Amz-Signature=secret'
const shown = 'https://files.example.com/acme/b1.dump'

test('what may be shown of an address, and what not', () => {
  expect(readDumpUrl(`${signed}#part`)).toEqual({ secret: signed, shown })
  expect(shownAddress('https://me:word@example.com:8443/a?b#c')).toBe('https://example.com:8443/a')
  expect(shownAddress('https://[broken/a?secret')).toBe('https://[broken/a…')
})

test('the id is the same for every signature', () => {
  const id = idOfUrl(readDumpUrl(signed))
  expect(id).toMatch(/^[0-9a-f]{16}$/)
  expect(idOfUrl(readDumpUrl(`${shown}?X-Amz-Signature=another`))).toBe(id)
  expect(idOfUrl(readDumpUrl(`${shown}2`))).not.toBe(id)
})

test.each<[string, boolean]>([
  ['https://a/b', true],
  ['HTTPS://a/b', true],
  ['http://a/b', true],
  ['production', false],
  ['https', false],
  ['dumps/https.dump', false],
])('%s is a web address: %s', (word, expected) => expect(isWebAddress(word)).toBe(expected))

test.each([
  ['http://example.com/a?secret', '`http://example.com/a` is not an https URL'],
  ['https:///?secret', '`https:///…` is not an https URL'],
  ['https://me:word@example.com/a?secret', '`https://example.com/a` contains a user or a password'],
])('%s is refused, without its secret', (text, message) => expect(() => readDumpUrl(text)).toThrow(message))

test('an address that was refused is not given out again', async () => {
  const sign = signOnce(readDumpUrl(signed))
  expect(await sign()).toBe(signed)
  await expect(sign()).rejects.toThrow(`\`${shown}\` refuses access: the URL may have expired`)
})
