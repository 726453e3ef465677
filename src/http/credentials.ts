// What a request says about who asks: basic authentication, tokens, OAuth2 client credentials, and headers of the
// user's own. Secrets in files are read for every request.
import type { HttpClientConfig } from '../config/config.ts';
import { readConfiguredFile, secretValue } from './files.ts';
import { takeTokens } from './oauth2.ts';

export type Header = readonly [name: string, value: string];

export interface Credentials {
  /**
   * The headers of a request; only for the host that they are configured for.
   * @throws Error that tells which file cannot be read, which header cannot be sent, or why there is no token
   */
  headers(signal?: AbortSignal): Promise<Header[]>;
  close(): Promise<void>;
}

export function createCredentials(config: HttpClientConfig): Credentials {
  const tokens = config.oauth2 ? takeTokens(config.oauth2) : null;
  return {
    headers: async (signal) => {
      const token = await tokens?.get(signal);
      const authorization = token === undefined ? authorizationOf(config) : `Bearer ${token}`;
      const own = config.headers.flatMap(({ name, values, secrets, files }) =>
        [...values, ...secrets, ...files.map((file) => readConfiguredFile(file).trim())].map(
          (value): Header => [name, value],
        ),
      );
      const headers: Header[] = authorization === '' ? own : [['Authorization', authorization], ...own];
      // A line break in a secret would start a header of its own.
      for (const [name, value] of headers)
        if (/[\r\n\0]/.test(value)) throw new Error(`the value of header ${name} contains a line break`);
      return headers;
    },
    close: async () => {
      await tokens?.release();
    },
  };
}

function authorizationOf({ basicAuth, authorization }: HttpClientConfig): string {
  if (basicAuth) {
    const user = secretValue(basicAuth.username, basicAuth.usernameFile);
    return basicHeader(user, secretValue(basicAuth.password, basicAuth.passwordFile));
  }
  if (!authorization) return '';
  const { type, credentials, credentialsFile } = authorization;
  return `${type} ${secretValue(credentials, credentialsFile)}`;
}

export function basicHeader(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** Whether credentials for one URL may go along to another: the same host and port, never from https to http. */
export function mayShareCredentials(from: URL, to: URL): boolean {
  const upgraded = from.protocol === to.protocol || to.protocol === 'https:';
  return from.host === to.host && upgraded;
}
