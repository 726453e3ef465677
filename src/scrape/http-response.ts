// The bytes of one HTTP/1.x response, piece by piece, strictly: whatever two readers might understand differently
// (two lengths, both a length and chunks, folded headers, stray control characters) is refused. No socket here.
import { appendBody, type BodyBuffer, checkBodyLength } from './body-buffer.ts';

/** A response that is not HTTP as it should be. */
export class HttpError extends Error {
  override name = 'HttpError';
}

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** By lower-case name; values of a repeated header are joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
}

const HEAD_BYTES_MAX = 64 << 10;
const CHUNK_LINE_BYTES_MAX = 1024;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const HEADER_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;
const CHUNK_LINE = /^([0-9a-fA-F]{1,8})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/;

type State = 'head' | 'fixed' | 'chunk size' | 'chunk' | 'chunk end' | 'trailer' | 'until close' | 'done';

export class ResponseReader {
  head: ResponseHead | null = null;
  /** The connection can carry another request after this response. */
  keepAlive = false;
  readonly #body: BodyBuffer;
  readonly #bodyLimit: number;
  #state: State = 'head';
  #line = '';
  #headBytes = 0;
  #minor = 1;
  #status = 0;
  #reason = '';
  #headers = new Map<string, string>();
  #remaining = 0;

  constructor(body: BodyBuffer, bodyLimit: number) {
    this.#body = body;
    this.#bodyLimit = bodyLimit;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /** What is being waited for, for the reason of a timeout. */
  get waitingFor(): string {
    if (this.#state !== 'head') return 'the rest of the body';
    return this.#headBytes > 0 ? 'the rest of the headers' : 'the response';
  }

  /**
   * Takes bytes; returns how many belonged to this response (fewer than given only when it is complete).
   * @throws HttpError, BodyLimitError
   */
  push(chunk: Uint8Array, length: number): number {
    let p = 0;
    while (p < length && this.#state !== 'done') {
      if (this.#state === 'fixed' || this.#state === 'chunk') p = this.#takeCounted(chunk, p, length);
      else if (this.#state === 'until close') {
        appendBody(this.#body, chunk, p, length, this.#bodyLimit);
        p = length;
      } else p = this.#takeLine(chunk, p, length);
    }
    return p;
  }

  /** The peer closed its side. @throws HttpError where the response is not complete. */
  end(): void {
    if (this.#state === 'until close') this.#state = 'done';
    if (this.#state !== 'done') throw new HttpError(`connection closed while waiting for ${this.waitingFor}`);
  }

  #takeCounted(chunk: Uint8Array, from: number, length: number): number {
    const to = Math.min(length, from + this.#remaining);
    appendBody(this.#body, chunk, from, to, this.#bodyLimit);
    this.#remaining -= to - from;
    if (this.#remaining === 0) this.#state = this.#state === 'fixed' ? 'done' : 'chunk end';
    return to;
  }

  /** Collects a line; a complete one moves the state on. */
  #takeLine(chunk: Uint8Array, from: number, length: number): number {
    const feed = chunk.subarray(0, length).indexOf(10, from);
    const to = feed < 0 ? length : feed;
    const max = this.#countLineBytes(to - from + 1);
    if (this.#line.length + to - from > max) throw new HttpError(`a line of more than ${max} bytes`);
    if (to > from) this.#line += latin1(chunk, from, to);
    if (feed < 0) return length;
    const ended = this.#line.endsWith('\r');
    const line = ended ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    // In the head a bare line feed is harmless and small devices send it; between chunks it is the stuff of smuggling.
    if (!ended && this.#state !== 'head') throw new HttpError('a chunk line without carriage return');
    this.#endLine(line);
    return to + 1;
  }

  /** Keeps the limit on headers and trailers together; returns how long a line may be in this state. */
  #countLineBytes(bytes: number): number {
    if (this.#state !== 'head' && this.#state !== 'trailer') return CHUNK_LINE_BYTES_MAX;
    this.#headBytes += bytes;
    if (this.#headBytes > HEAD_BYTES_MAX) {
      throw new HttpError(`response headers of more than ${HEAD_BYTES_MAX} bytes`);
    }
    return HEAD_BYTES_MAX;
  }

  #endLine(line: string): void {
    switch (this.#state) {
      case 'head':
        if (this.#status === 0) this.#statusLine(line);
        else if (line === '') this.#endHead();
        else this.#headerLine(line);
        break;
      case 'chunk size': {
        const match = CHUNK_LINE.exec(line);
        if (!match) throw new HttpError(`malformed chunk size ${quoted(line)}`);
        this.#remaining = Number.parseInt(match[1], 16);
        this.#state = this.#remaining === 0 ? 'trailer' : 'chunk';
        break;
      }
      case 'chunk end':
        if (line !== '') throw new HttpError('a chunk longer than its size');
        this.#state = 'chunk size';
        break;
      default:
        if (line === '') this.#state = 'done';
        else if (!HEADER_LINE.test(line)) throw new HttpError(`malformed trailer ${quoted(line)}`);
    }
  }

  #statusLine(line: string): void {
    const match = STATUS_LINE.exec(line);
    if (!match) throw new HttpError(`malformed HTTP status line ${quoted(line)}`);
    this.#minor = Number(match[1]);
    this.#status = Number(match[2]);
    this.#reason = match[3] ?? '';
  }

  #headerLine(line: string): void {
    const match = HEADER_LINE.exec(line);
    if (!match) throw new HttpError(`malformed response header ${quoted(line)}`);
    const name = match[1].toLowerCase();
    const value = match[2].trimEnd();
    const before = this.#headers.get(name);
    if (before !== undefined && name === 'content-length') {
      if (before !== value) throw new HttpError(`two Content-Length headers, ${before} and ${value}`);
      return;
    }
    this.#headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }

  #endHead(): void {
    const headers = this.#headers;
    const status = this.#status;
    if (status < 200) {
      if (status === 101) throw new HttpError('unexpected HTTP status 101');
      this.#status = 0;
      this.#headers = new Map();
      return;
    }
    this.head = { status, reason: this.#reason, headers };
    const connection = (headers.get('connection') ?? '').toLowerCase();
    this.keepAlive = this.#minor === 1 && !/(?:^|[ ,])close(?:$|[ ,])/.test(connection);
    const coding = headers.get('transfer-encoding');
    const lengthText = headers.get('content-length');
    if (coding !== undefined) {
      if (lengthText !== undefined) throw new HttpError('both Transfer-Encoding and Content-Length');
      if (coding.toLowerCase() !== 'chunked' || this.#minor === 0) {
        throw new HttpError(`unsupported Transfer-Encoding ${quoted(coding)}`);
      }
      this.#state = 'chunk size';
    } else if (lengthText !== undefined) {
      if (!/^\d{1,15}$/.test(lengthText))
        throw new HttpError(`malformed Content-Length ${quoted(lengthText)}`);
      this.#remaining = Number(lengthText);
      if (status === 200) checkBodyLength(this.#remaining, this.#bodyLimit);
      this.#state = this.#remaining === 0 ? 'done' : 'fixed';
    } else {
      this.keepAlive = false;
      this.#state = 'until close';
    }
    if (status === 204 || status === 304) this.#state = 'done';
  }
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
