// Access tokens by OAuth2 client credentials (RFC 6749, section 4.4), kept until they end. All users of one
// configuration share its token: a job of a thousand targets asks for one.
import type { OAuth2Config } from '../config/config.ts';
import { createConnections } from './connections.ts';
import { secretValue } from './files.ts';

export interface Tokens {
  /** @throws Error with the reason why there is no token */
  get(signal?: AbortSignal): Promise<string>;
  /** The last user's release closes the connections. */
  release(): Promise<void>;
}

interface Shared {
  users: number;
  readonly get: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/** A token is replaced this long before it ends. */
const TOKEN_MARGIN_MS = 10_000;
const TOKEN_TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 1 << 20;

const shared = new Map<string, Shared>();

/** The tokens of a configuration, until `release`. */
export function takeTokens(config: OAuth2Config): Tokens {
  const key = JSON.stringify(config);
  const source = shared.get(key) ?? createSource(config);
  shared.set(key, source);
  source.users++;
  return {
    get: (signal) => (signal ? Promise.race([source.get(), aborted(signal)]) : source.get()),
    release: async () => {
      source.users--;
      if (source.users > 0) return;
      shared.delete(key);
      await source.close();
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

interface Token {
  readonly text: string;
  /** What it was asked for with: another secret asks for another token. */
  readonly secret: string;
  readonly untilMs: number;
}

function createSource(config: OAuth2Config): Shared {
  const connections = createConnections({ ...config, enableHttp2: true });
  let current: Token | undefined;
  let asking: Promise<Token> | undefined;
  return {
    users: 0,
    get: async () => {
      const secret = secretValue(config.clientSecret, config.clientSecretFile);
      if (current?.secret === secret && Date.now() < current.untilMs) return current.text;
      asking ??= askForToken(config, secret, connections).finally(() => {
        asking = undefined;
      });
      current = await asking;
      return current.text;
    },
    close: connections.close,
  };
}

async function askForToken(
  config: OAuth2Config,
  secret: string,
  connections: ReturnType<typeof createConnections>,
): Promise<Token> {
  const { request } = await import('undici');
  const { tokenUrl, clientId, scopes, endpointParams } = config;
  const form = new URLSearchParams({ ...endpointParams, grant_type: 'client_credentials' });
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  // Section 2.3.1: both are form-encoded before they are joined.
  const user = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
  const url = new URL(tokenUrl);
  const { statusCode, body } = await request(url, {
    method: 'POST',
    dispatcher: await connections.dispatcherFor(url),
    signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
    headers: {
      authorization: `Basic ${Buffer.from(user).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: form.toString(),
  });
  const text = await limitedText(body, tokenUrl);
  if (statusCode !== 200) throw new Error(`no OAuth2 token: ${tokenUrl} answered ${statusCode}`);
  const answer = parseAnswer(text);
  if (!answer.access_token) throw new Error(`no OAuth2 token in the answer of ${tokenUrl}`);
  const lifeMs = (Number(answer.expires_in) || Number.POSITIVE_INFINITY) * 1000;
  return { text: answer.access_token, secret, untilMs: Date.now() + lifeMs - TOKEN_MARGIN_MS };
}

async function limitedText(body: AsyncIterable<Buffer>, url: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`no OAuth2 token: the answer of ${url} is too large`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Empty where the text is not a JSON object. */
function parseAnswer(text: string): {
  readonly access_token?: string;
  readonly expires_in?: number | string;
} {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
