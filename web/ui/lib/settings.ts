// Settings that belong to the person, not to what is shown: theme and time zone. Kept in this browser.
import { createStore, type Store } from './store.ts';

export type Theme = '' | 'light' | 'dark';

function read(name: string): string {
  try {
    return localStorage.getItem(name) ?? '';
  } catch {
    return '';
  }
}

function keep(name: string, store: Store<string>): void {
  store.watch(() => {
    try {
      localStorage.setItem(name, store.get());
    } catch {
      // Storage may be forbidden: the setting then lasts as long as the page.
    }
  });
}

const savedTheme = read('theme');
/** Empty: as the system has it. */
export const theme = createStore<Theme>(savedTheme === 'light' || savedTheme === 'dark' ? savedTheme : '');
keep('theme', theme as Store<string>);
theme.watch(() => {
  document.documentElement.dataset.theme = theme.get();
});

export const zone = createStore<'local' | 'utc'>(read('zone') === 'utc' ? 'utc' : 'local');
keep('zone', zone as Store<string>);

const systemDark = globalThis.window?.matchMedia('(prefers-color-scheme: dark)');
const isDark = () => (theme.get() ? theme.get() === 'dark' : (systemDark?.matches ?? false));

/** Whether the page is dark right now: canvases need their colours named. */
export const dark = createStore(isDark());
theme.watch(() => dark.set(isDark()));
systemDark?.addEventListener('change', () => dark.set(isDark()));
