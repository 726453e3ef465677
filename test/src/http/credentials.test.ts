// Where credentials may go.
import { expect, it } from 'vitest';
import { mayShareCredentials } from '../../../src/http/credentials.ts';

it.each([
  ['http://a/x', 'http://a/y', true],
  ['http://a/', 'https://a/', true],
  ['https://a/', 'http://a/', false],
  ['http://a/', 'http://b/', false],
  ['http://a/', 'http://sub.a/', false],
  ['http://a:1/', 'http://a:2/', false],
  ['http://a/', 'http://A:80/', true],
])('credentials for %s go to %s: %s', (from, to, may) => {
  expect(mayShareCredentials(new URL(from), new URL(to))).toBe(may);
});
