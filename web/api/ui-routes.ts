// The browser pages: files built into dist/ui (or carried inside the single-file program), served from memory as they
// were compressed at build time, and the HTML with a fresh nonce in every answer.
import { randomBytes } from 'node:crypto';
import { extname } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Files } from '../../src/packaging.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
};

/** Addresses of pages: all are the same document, which reads its own address. */
const PAGES = ['/', '/explore', '/targets', '/graph', '/query'];

/** Names with a hash of the content: such a file never changes. */
const HASHED = /-[A-Z0-9]{8}\.\w+$/;

/** The policy of every page: nothing from elsewhere, no script or style but ours. */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ].join('; ');
}

export function uiRoutes(app: FastifyInstance, files: Files): void {
  const template = Buffer.from(files.get('index.html')!).toString();
  const page = (_: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const nonce = randomBytes(16).toString('base64');
    return reply
      .headers({
        'content-security-policy': contentSecurityPolicy(nonce),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'cache-control': 'no-cache',
      })
      .type(TYPES['.html'])
      .send(template.replaceAll('__NONCE__', nonce));
  };
  for (const path of PAGES) app.get(path, page);
  // One route for all of them, so that their names, which change with every build, are no label values of ours.
  app.get('/assets/*', (request, reply) => {
    const name = `assets/${(request.params as { '*': string })['*']}`;
    return files.has(name) ? sendFile(files, name, request, reply) : reply.callNotFound();
  });
}

/** A built file, in the smallest form the client takes. */
function sendFile(files: Files, name: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  const encoding = ['br', 'gzip'].find(
    (e) => new RegExp(`\\b${e}\\b`).test(accepted) && files.has(`${name}.${e === 'gzip' ? 'gz' : e}`),
  );
  if (encoding) reply.header('content-encoding', encoding);
  const body = files.get(encoding ? `${name}.${encoding === 'gzip' ? 'gz' : 'br'}` : name)!;
  return reply
    .headers({
      'cache-control': HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
    })
    .type(TYPES[extname(name)] ?? 'application/octet-stream')
    .send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
}
