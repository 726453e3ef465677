// Which requests go through a proxy.
import { describe, expect, it } from 'vitest';
import type { ProxyConfig } from '../../../src/config/config.ts';
import { proxyFor } from '../../../src/http/no-proxy.ts';

const PROXY = 'http://proxy:3128';
const configured = (noProxy: string): ProxyConfig => ({
  url: PROXY,
  noProxy,
  fromEnvironment: false,
  connectHeaders: {},
});
const fromEnvironment: ProxyConfig = { url: '', noProxy: '', fromEnvironment: true, connectHeaders: {} };
const ask = (url: string, proxy: ProxyConfig, env = {}) => proxyFor(new URL(url), proxy, env);

describe('a configured proxy', () => {
  it('is for every host, this machine included, where no_proxy is not set', () => {
    expect(ask('http://localhost:9100/', configured(''))).toBe(PROXY);
    expect(ask('https://a.example/', configured(''))).toBe(PROXY);
    expect(ask('http://a/', { ...configured(''), url: '' })).toBe('');
  });

  it.each([
    ['http://a.example/', 'a.example', true],
    ['http://b.a.example/', 'a.example', true],
    ['http://ba.example/', 'a.example', false],
    ['http://a.example/', '.a.example', false],
    ['http://b.a.example/', '.a.example', true],
    ['http://b.a.example/', '*.a.example', true],
    ['http://a.example/', 'x, A.Example', true],
    ['http://a.example:81/', 'a.example:81', true],
    ['http://a.example/', 'a.example:81', false],
    ['https://a.example/', 'a.example:443', true],
    ['http://anything/', '*', true],
    ['http://10.1.2.3/', '10.0.0.0/8', true],
    ['http://11.1.2.3/', '10.0.0.0/8', false],
    ['http://10.1.2.3/', '10.1.2.3', true],
    ['http://10.1.2.3/', '10.0.0.0/99', false],
    ['http://[fd00::1]/', 'fd00::/8', true],
    ['http://[fd00::1]:81/', '[fd00::1]:81', true],
    ['http://localhost/', 'x', true],
    ['http://127.0.0.9/', 'x', true],
    ['http://[::1]/', 'x', true],
  ])('%s with no_proxy %s', (url, noProxy, direct) => {
    expect(ask(url, configured(noProxy))).toBe(direct ? '' : PROXY);
  });
});

describe('proxies of the environment', () => {
  const env = { HTTP_PROXY: 'one:1', https_proxy: 'http://two:2', NO_PROXY: 'c.example' };
  it.each([
    ['http://a.example/', 'http://one:1'],
    ['https://a.example/', 'http://two:2'],
    ['https://c.example/', ''],
    ['http://localhost/', ''],
  ])('%s', (url, proxy) => {
    expect(ask(url, fromEnvironment, env)).toBe(proxy);
  });

  it('may be none', () => expect(ask('http://a/', fromEnvironment)).toBe(''));
});
