// The list of keys, opened with `?`.
import { useEffect, useRef } from 'preact/hooks';
import type { Page } from '../pages.ts';

const keys: readonly (readonly [string, string])[] = [
  ['/', 'Go to the query or the search field'],
  ['Enter', 'Run the query'],
  ['Shift Enter', 'New line in the query'],
  ['Esc, Tab', 'Leave the query editor'],
  ['[  ]', 'Earlier, later'],
  ['-', 'Zoom out'],
  ['r', 'Refresh now'],
  ['← → Home End', 'In a chart: move the crosshair'],
  ['↑ ↓', 'In a chart: next curve'],
  ['?', 'This list'],
];

interface HelpProps {
  readonly pages: readonly Page[];
  readonly onClose: () => void;
}

export function Help({ pages, onClose }: HelpProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keyboard</h2>
      <dl>
        {[...keys, ...pages.map(({ key, title }) => [`g ${key}`, `Page ${title}`] as const)].map(
          ([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ),
        )}
      </dl>
      <form method="dialog">
        <button type="submit" class="button strong">
          Close
        </button>
      </form>
    </dialog>
  );
}
