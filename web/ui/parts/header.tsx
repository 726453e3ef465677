// The header of all pages: name, links, time range, refresh, time zone, theme.

import { useClock } from '../lib/clock.ts';
import { readRange } from '../lib/explore-state.ts';
import { link } from '../lib/link.ts';
import { activity, reloadRequests } from '../lib/load.ts';
import { go, pageOf, withParams } from '../lib/location.ts';
import { readRefresh, refreshChoices, refreshText } from '../lib/refresh.ts';
import { type Theme, theme, zone } from '../lib/settings.ts';
import { useStore } from '../lib/store.ts';
import { ageText } from '../lib/time.ts';
import type { Page } from '../pages.ts';
import { Icon, type IconName, Mark } from './icons.tsx';
import { Choice, Menu } from './menu.tsx';
import { RangeControl } from './range-control.tsx';

interface HeaderProps {
  readonly pages: readonly Page[];
  readonly page: Page;
  readonly address: URL;
  readonly onHelp: () => void;
}

export function Header({ pages, page, address, onHelp }: HeaderProps) {
  return (
    <header class="bar">
      <a class="brand" href="./explore">
        <Mark />
        Ferula
      </a>
      <nav aria-label="Pages">
        {pages.map(({ path, title }) => (
          <a key={path} href={pageLink(path, address)} aria-current={path === page.path ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <div class="controls">
        {page.range && <RangeControl range={readRange(address.searchParams)} address={address} />}
        <Refresh address={address} habit={page.refresh(address.searchParams)} />
        <ZoneSwitch />
        <ThemeMenu />
        <button
          type="button"
          class="button bare wide-only"
          title="Keyboard shortcuts (?)"
          aria-label="Help"
          onClick={onHelp}
        >
          <Icon name="unknown" />
        </button>
      </div>
    </header>
  );
}

/** A page is entered with the range of the one that was left. */
function pageLink(path: string, address: URL): string {
  if (path === pageOf(address)) return link(path, address.searchParams);
  const kept = new URLSearchParams();
  for (const name of ['range', 'end']) {
    const value = address.searchParams.get(name);
    if (value) kept.set(name, value);
  }
  return link(path, kept);
}

function Refresh({ address, habit }: { readonly address: URL; readonly habit: number }) {
  const every = readRefresh(address.searchParams, habit);
  const { busy } = useStore(activity);
  const choose = (seconds: number, close: () => void) => {
    go(withParams(address, { refresh: seconds === habit ? null : refreshText(seconds) }), true);
    close();
  };
  return (
    <div class="group">
      <button
        type="button"
        class="button bare"
        title="Refresh now (r)"
        aria-label="Refresh now"
        onClick={() => reloadRequests.set(reloadRequests.get() + 1)}
      >
        <span class={busy ? 'turning' : ''}>
          <Icon name="refresh" />
        </span>
      </button>
      <Age />
      <Menu text={every === 0 ? 'Off' : refreshName(every)} title="Refresh by itself">
        {(close) =>
          refreshChoices.map((seconds) => (
            <Choice key={seconds} chosen={seconds === every} onClick={() => choose(seconds, close)}>
              {seconds === 0 ? 'Off' : `Every ${refreshName(seconds)}`}
            </Choice>
          ))
        }
      </Menu>
    </div>
  );
}

const refreshName = (seconds: number) => (seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`);

/** How old the data on the page is. */
function Age() {
  const { updatedAt } = useStore(activity);
  const now = useClock(updatedAt !== null);
  return (
    <span class="age" title="Age of the data">
      {updatedAt === null ? '' : ageText((now - updatedAt) / 1000)}
    </span>
  );
}

function ZoneSwitch() {
  const utc = useStore(zone) === 'utc';
  return (
    <button
      type="button"
      class="button bare zone"
      title={utc ? 'Times are in UTC; switch to local time' : 'Times are local; switch to UTC'}
      onClick={() => zone.set(utc ? 'local' : 'utc')}
    >
      {utc ? 'UTC' : 'Local'}
    </button>
  );
}

const themes: readonly (readonly [Theme, IconName, string])[] = [
  ['', 'screen', 'As the system'],
  ['light', 'sun', 'Light'],
  ['dark', 'moon', 'Dark'],
];

function ThemeMenu() {
  const chosen = useStore(theme);
  const icon = themes.find(([name]) => name === chosen)![1];
  return (
    <Menu icon={icon} title="Theme">
      {(close) =>
        themes.map(([name, , text]) => (
          <Choice
            key={name}
            chosen={name === chosen}
            onClick={() => {
              theme.set(name);
              close();
            }}
          >
            {text}
          </Choice>
        ))
      }
    </Menu>
  );
}
