import { describe, expect, test } from '@jest/globals';
import { makeLimiter } from '../../src/registry/limiter.ts';
import { fullJitterMs, parseRetryAfterMs } from '../../src/registry/retry.ts';
import { clean, showUrl } from '../../src/registry/text.ts';
import { proxyFor } from '../../src/registry/proxy.ts';

describe('waiting', () => {
  const now = new Date('2026-11-22T00:00:00Z');

  test.each<readonly [string | undefined, number | undefined]>([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 22 Nov 2026 00:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 00:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('Retry-After: %s is %s ms', (text, expected) => {
    expect(parseRetryAfterMs(text, now)).toBe(expected);
  });

  test('the backoff doubles up to half a minute, and the jitter is all of it', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((tryNumber) => fullJitterMs(tryNumber, 1))).toEqual([
      1000, 2000, 4000, 8000, 16000, 30000, 30000,
    ]);
    expect(fullJitterMs(3, 0)).toBe(0);
  });
});

describe('the bound of requests', () => {
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('is never passed, and turns come in order', async () => {
    const limiter = makeLimiter(2);
    const order: number[] = [];
    const turns = [1, 2, 3].map((which) =>
      limiter.take().then((turn) => {
        order.push(which);
        return turn;
      }),
    );
    await settle();
    expect(order).toEqual([1, 2]);
    const [first] = turns;
    if (first !== undefined) limiter.give(await first, 'well');
    await settle();
    expect(order).toEqual([1, 2, 3]);
  });

  test('is halved once by requests that were refused together, and grows again', async () => {
    const limiter = makeLimiter(8);
    const turns = await Promise.all(Array.from({ length: 8 }, () => limiter.take()));
    for (const turn of turns) limiter.give(turn, 'pushed-back');
    expect(limiter.bound).toBe(4);
    for (let good = 0; good < 4 + 5 + 6 + 7; good += 1) limiter.give(await limiter.take(), 'well');
    expect(limiter.bound).toBe(8);
  });

  test('is never less than one', async () => {
    const limiter = makeLimiter(1);
    limiter.give(await limiter.take(), 'pushed-back');
    expect(limiter.bound).toBe(1);
  });
});

describe('proxies', () => {
  const env = { HTTPS_PROXY: 'http://user:secret@proxy.example:3128', http_proxy: 'plain.example:8080' };
  const found = (url: string, more: Readonly<Record<string, string>> = {}): unknown => {
    const proxy = proxyFor(new URL(url), { ...env, ...more });
    return proxy === undefined
      ? 'none'
      : 'invalid' in proxy
        ? `invalid ${proxy.invalid}`
        : `${proxy.variable} ${proxy.url.host}`;
  };

  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['https://registry.example', {}, 'HTTPS_PROXY proxy.example:3128'],
    ['http://registry.example', {}, 'http_proxy plain.example:8080'],
    ['https://registry.example', { https_proxy: 'http://lower.example' }, 'https_proxy lower.example'],
    ['https://registry.example', { HTTPS_PROXY: '' }, 'none'],
    ['https://registry.example', { HTTPS_PROXY: 'socks5://a.example' }, 'invalid HTTPS_PROXY'],
    ['https://registry.example', { HTTPS_PROXY: 'http://' }, 'invalid HTTPS_PROXY'],
    ['http://localhost:5000', {}, 'none'],
    ['http://127.0.0.1:5000', {}, 'none'],
    ['http://[::1]:5000', {}, 'none'],
    ['https://registry.example', { NO_PROXY: '*' }, 'none'],
    ['https://registry.example', { NO_PROXY: 'other.example, registry.example' }, 'none'],
    ['https://registry.example', { no_proxy: 'EXAMPLE' }, 'none'],
    ['https://registry.example', { NO_PROXY: '.example' }, 'none'],
    ['https://registry.example', { NO_PROXY: '*.example' }, 'none'],
    ['https://registry.example', { NO_PROXY: 'try.example' }, 'HTTPS_PROXY proxy.example:3128'],
    ['https://registry.example', { NO_PROXY: 'registry.example:443' }, 'none'],
    ['https://registry.example:5000', { NO_PROXY: 'registry.example:443' }, 'HTTPS_PROXY proxy.example:3128'],
    ['https://10.1.2.3', { NO_PROXY: '10.0.0.0/8' }, 'none'],
    ['https://10.1.2.3', { NO_PROXY: '10.1.2.3' }, 'none'],
    ['https://11.1.2.3', { NO_PROXY: '10.0.0.0/8' }, 'HTTPS_PROXY proxy.example:3128'],
    ['https://11.1.2.3', { NO_PROXY: '10.0.0.0/99' }, 'HTTPS_PROXY proxy.example:3128'],
    ['https://[fd00::1]:5000', { NO_PROXY: 'fd00::/8' }, 'none'],
    ['https://[fd00::1]:5000', { NO_PROXY: '[fd00::1]:5000' }, 'none'],
    ['https://[fd00::1]:5000', { NO_PROXY: 'fd00::1' }, 'none'],
    ['https://[fd00::1]:5000', { NO_PROXY: '[fd00::1]:443' }, 'HTTPS_PROXY proxy.example:3128'],
  ])('%s with %j: %s', (url, more, expected) => {
    expect(found(url, more)).toBe(expected);
  });
});

describe('text from outside', () => {
  test('becomes one short line', () => {
    expect(clean('a\r\n::error::b\u001b[31m\u202ec\u2028d')).toBe('a ::error::b [31m c d');
    expect(clean('x'.repeat(500))).toHaveLength(201);
  });

  test('URLs are shown without user, password and unknown parameters', () => {
    expect(showUrl(new URL('https://u:p@h.example/v2/a/blobs/uploads/1?_state=secret&digest=sha256:ab&n=1000#f'))).toBe(
      'https://h.example/v2/a/blobs/uploads/1?_state=…&digest=sha256:ab&n=1000',
    );
  });
});
