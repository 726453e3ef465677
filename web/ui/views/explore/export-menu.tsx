// Taking along what is shown: link, files, and the same query in other forms.
import type uPlot from 'uplot';
import type { Frame } from '../../chart/frame.ts';
import { saveFile } from '../../lib/clipboard.ts';
import { type ExploreState, exploreLink } from '../../lib/explore-state.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Choice, Menu } from '../../parts/menu.tsx';
import { alertRule, csvLong, csvVector, csvWide, curlLine, grafanaPanel } from './exports.ts';
import { askedOf, type ExploreResult } from './result.ts';

interface ExportMenuProps {
  readonly state: ExploreState;
  readonly result: ExploreResult;
  readonly frame: Frame | null;
  readonly plot: { current: uPlot | null };
}

export function ExportMenu({ state, result, frame, plot }: ExportMenuProps) {
  const asked = askedOf(state);
  const first = asked[0];
  const folder = new URL('./', location.href).href;
  const fixed = () => new URL(exploreLink({ ...state, end: result.grid.end }), location.href).href;
  const name = (ending: string) =>
    `ferula-${new Date(result.grid.end * 1000).toISOString().slice(0, 19).replace(/:/g, '')}.${ending}`;
  const copies: readonly (readonly [string, () => string])[] = [
    ['Link with fixed times', fixed],
    ['Expression', () => asked.map(({ expr }) => expr).join('\n')],
    ...(first
      ? ([
          ['curl command', () => asked.map((one) => curlLine(one, result, folder)).join('\n')],
          ['Grafana panel', () => grafanaPanel(asked, first.expr)],
          ['Alert rule', () => alertRule(first.expr)],
        ] as const)
      : []),
  ];
  return (
    <Menu text="Export" title="Copy or save">
      {() => (
        <>
          <p class="menu-head">Copy</p>
          {copies.map(([text, make]) => (
            <CopyButton key={text} class="choice" title="Copy" text={make}>
              {text}
            </CopyButton>
          ))}
          <p class="menu-head">Save</p>
          {frame ? (
            <>
              <Choice onClick={() => saveFile(name('csv'), csvLong(frame), 'text/csv')}>
                CSV, a line per sample
              </Choice>
              <Choice onClick={() => saveFile(name('csv'), csvWide(frame), 'text/csv')}>
                CSV, a column per series
              </Choice>
              {plot.current && (
                <Choice onClick={() => savePicture(plot.current!, name('png'))}>PNG picture</Choice>
              )}
            </>
          ) : (
            <Choice
              onClick={() =>
                saveFile(
                  name('csv'),
                  result.results.map(({ answer }) => (answer ? csvVector(answer.data) : '')).join('\n'),
                  'text/csv',
                )
              }
            >
              CSV
            </Choice>
          )}
          <Choice
            onClick={() => saveFile(name('json'), JSON.stringify(rawOf(result), null, 1), 'application/json')}
          >
            JSON
          </Choice>
        </>
      )}
    </Menu>
  );
}

/** The server's own answers by query. */
export function rawOf(result: ExploreResult): unknown {
  return result.results.map(({ letter, expr, answer, error }) => ({
    query: letter,
    expr,
    ...(answer ? { data: answer.data } : { error: error?.message }),
  }));
}

/** The canvas on the colour of the page, since its own background is clear. */
function savePicture(u: uPlot, name: string): void {
  const source = u.ctx.canvas;
  const copy = document.createElement('canvas');
  copy.width = source.width;
  copy.height = source.height;
  const ctx = copy.getContext('2d')!;
  ctx.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
  ctx.fillRect(0, 0, copy.width, copy.height);
  ctx.drawImage(source, 0, 0);
  copy.toBlob((blob) => blob && saveFile(name, blob));
}
