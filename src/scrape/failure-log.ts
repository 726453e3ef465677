// `scrape_failure_log_file`: one JSON line for every failed scrape. Files are kept open and shared by jobs.
import { createWriteStream, type WriteStream } from 'node:fs';

export interface FailureLogs {
  /** Appends a line to a file; where that fails, `onError` hears of it once. */
  write(file: string, entry: Readonly<Record<string, unknown>>): void;
  close(): void;
}

export function createFailureLogs(onError: (file: string, error: Error) => void): FailureLogs {
  const streams = new Map<string, WriteStream>();
  return {
    write(file, entry) {
      let stream = streams.get(file);
      if (stream === undefined) {
        stream = createWriteStream(file, { flags: 'a' });
        stream.on('error', (error) => onError(file, error));
        streams.set(file, stream);
      }
      // A stream that failed stays failed, and says nothing more.
      if (!stream.destroyed) stream.write(`${JSON.stringify(entry)}\n`);
    },
    close() {
      for (const stream of streams.values()) stream.end();
      streams.clear();
    },
  };
}
