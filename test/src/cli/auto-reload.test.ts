// Reloading when the configuration changes.
import { expect, it, vi } from 'vitest';
import { startAutoReload } from '../../../src/cli/auto-reload.ts';
import { loadConfig } from '../../../src/config/load.ts';

it('reloads once for every change, to the better or the worse', () => {
  vi.useFakeTimers();
  try {
    let text = 'global: {scrape_interval: 15s}';
    const reload = vi.fn(async () => {});
    const stop = startAutoReload(() => loadConfig(text, { file: 'x.yml', env: {} }), reload, 1000);
    vi.advanceTimersByTime(3000);
    expect(reload).toHaveBeenCalledTimes(0);
    text = 'global: {scrape_interval: 20s}';
    vi.advanceTimersByTime(3000);
    expect(reload).toHaveBeenCalledTimes(1);
    text = 'wat: 1';
    vi.advanceTimersByTime(3000);
    expect(reload).toHaveBeenCalledTimes(2);
    text = 'global: {scrape_interval: 20s}';
    vi.advanceTimersByTime(3000);
    expect(reload).toHaveBeenCalledTimes(3);
    stop();
    text = '';
    vi.advanceTimersByTime(3000);
    expect(reload).toHaveBeenCalledTimes(3);
  } finally {
    vi.useRealTimers();
  }
});
