// The errors of the store that a caller may tell apart, by `code`. Broken promises of a caller (wrong lengths, unsorted
// input) are RangeErrors; everything here is about the file.

/**
 * - `damaged`: stored bytes fail their checksum or do not follow their format.
 * - `version`: the file, or a part of it, was written by a newer Ferula.
 * - `busy`: another process writes to the file.
 * - `full`: no space left on the disk, or the file may not grow.
 * - `closed`: the store, a view or a page is used after it was closed.
 * - `unreadable`: the file cannot be opened, read or written, or is no Ferula file.
 */
export type StorageErrorCode = 'damaged' | 'version' | 'busy' | 'full' | 'closed' | 'unreadable';

export class StorageError extends Error {
  override name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Stored bytes that cannot be what was written. The reader leaves them out, counts them, and goes on. */
export class DamagedError extends StorageError {
  override name = 'DamagedError';

  constructor(message: string, options?: ErrorOptions) {
    super('damaged', message, options);
  }
}

/** A series that is not known yet, where the store has as many as it may (`StoreOptions.maxSeries`). */
export class SeriesLimitError extends RangeError {
  override name = 'SeriesLimitError';
}
