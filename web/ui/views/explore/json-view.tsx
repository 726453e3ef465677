// The server's answer as it is.
import { CopyButton } from '../../parts/copy-button.tsx';
import { rawOf } from './export-menu.tsx';
import type { ExploreResult } from './result.ts';

/** Characters shown; a browser lays out no more without stalling. */
const shownMax = 100_000;

export function JsonView({ result }: { readonly result: ExploreResult }) {
  const text = JSON.stringify(rawOf(result), null, 2);
  return (
    <div class="json">
      <CopyButton text={() => text} title="Copy" class="button">
        Copy
      </CopyButton>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="JSON">
        <pre>{text.slice(0, shownMax)}</pre>
      </section>
      {text.length > shownMax && (
        <p class="quiet">
          {shownMax} of {text.length} characters shown; copy or export for all.
        </p>
      )}
    </div>
  );
}
