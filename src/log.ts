// Structured logs through pino: JSON lines, or the logfmt lines that Prometheus writes.
import { type Logger, pino } from 'pino';
import type { LogLevel } from './threads/services.ts';

export type { Logger };

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'logfmt' | 'json';
}

/** Makes the logger of a program; lines go to standard error, as Prometheus's do. */
export function createLogger({ level, format }: LogOptions): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  const settings = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (format === 'json') return pino(settings, destination);
  return pino(settings, { write: (line: string) => void destination.write(toLogfmt(line)) });
}

/** A logger for an embedding program that wants silence. */
export function createSilentLogger(): Logger {
  return pino({ level: 'silent' });
}

function toLogfmt(line: string): string {
  const { time, level, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const fields = { time, level, msg, ...rest };
  return `${Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quoteIfNeeded(value)}`)
    .join(' ')}\n`;
}

function quoteIfNeeded(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
