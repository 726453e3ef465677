// Short names and /etc/resolv.conf.
import { describe, expect, it } from 'vitest';
import { searchNames } from '../../../src/discovery/search-path.ts';

const KUBERNETES = 'nameserver 10.0.0.1\nsearch a.svc.local svc.local.\noptions timeout:1 ndots:5\n';

describe('searchNames', () => {
  it.each([
    ['web', '', ['web']],
    ['web.', KUBERNETES, ['web.']],
    ['web', 'search x.org\n', ['web.x.org', 'web']],
    ['web.a', 'search x.org\n', ['web.a', 'web.a.x.org']],
    ['web.a', KUBERNETES, ['web.a.a.svc.local', 'web.a.svc.local', 'web.a']],
    ['web', 'domain x.org\nsearch y.org z.org\n', ['web.y.org', 'web.z.org', 'web']],
  ])('%s', (name, resolvConf, expected) => {
    expect(searchNames(name, resolvConf)).toEqual(expected);
  });
});
