// The field for an expression: a plain textarea that works at once, replaced by the editor when that has arrived.
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Editor, EditorServer } from '../editor/editor.ts';
import { ApiError, formatQuery, labelNames, labelValues, metadataOf } from '../lib/api.ts';
import { errorPlace } from '../lib/error-place.ts';

interface QueryFieldProps {
  readonly value: string;
  readonly label: string;
  readonly hint: string;
  /** Whether the first picture is there, so that the editor may be fetched. */
  readonly ready: boolean;
  /** What running the query has shown to be wrong, and the text that was run. */
  readonly error: ApiError | null;
  readonly focus: boolean;
  readonly rangeSeconds: number;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}

export function QueryField(props: QueryFieldProps) {
  const { value } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const upgraded = useEditor(props, area, place);
  useEffect(() => {
    if (props.focus) area.current?.focus();
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    props.onRun();
  };
  return (
    <div class="query-field" data-search ref={place}>
      {!upgraded && (
        <textarea
          ref={area}
          rows={value.split('\n').length}
          value={value}
          aria-label={props.label}
          placeholder={props.hint}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          onInput={(event) => props.onChange(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
      )}
    </div>
  );
}

/** Puts the editor into `place` once it may be fetched; true when it has taken over from the textarea. */
function useEditor(
  props: QueryFieldProps,
  area: RefObject<HTMLTextAreaElement | null>,
  place: RefObject<HTMLDivElement | null>,
): boolean {
  const { value, error, ready } = props;
  const editor = useRef<Editor | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [upgraded, setUpgraded] = useState(false);

  useEffect(() => {
    if (!ready) return;
    let gone = false;
    const start = async () => {
      const { createEditor } = await import('../editor/editor.ts');
      if (gone) return;
      const focused = document.activeElement === area.current;
      const cursor = area.current?.selectionStart;
      editor.current = createEditor({
        parent: place.current!,
        text: latest.current.value,
        label: latest.current.label,
        hint: latest.current.hint,
        nonce: document.querySelector<HTMLElement>('script[nonce]')?.nonce ?? '',
        server: serverFor(() => latest.current.rangeSeconds),
        onChange: (text) => latest.current.onChange(text),
        onRun: () => latest.current.onRun(),
      });
      setUpgraded(true);
      if (focused) editor.current.focus(cursor);
    };
    // Without the chunk the textarea stays, which can do all that is needed.
    start().catch(() => {});
    return () => {
      gone = true;
      editor.current?.destroy();
      editor.current = null;
    };
  }, [ready]);

  // In the same task as the change itself: later, a key pressed meanwhile would be overwritten.
  useLayoutEffect(() => editor.current?.setText(value), [value]);

  useEffect(() => {
    const at = error && errorPlace(value, error.message);
    editor.current?.setMistake(at ? { ...at, message: error.message } : null);
  }, [error, upgraded]);
  return upgraded;
}

function serverFor(rangeSeconds: () => number): EditorServer {
  return {
    labelNames: async (params, signal) => (await labelNames(params, signal)).data,
    labelValues: async (name, params, signal) => (await labelValues(name, params, signal)).data,
    metadata: metadataWithBase,
    check: async (expr) => {
      try {
        await formatQuery(expr);
      } catch (error) {
        // Only the parser's own words are about the text; without an answer there is nothing to say of it.
        if (!(error instanceof ApiError) || error.kind !== 'bad_data') return null;
        const at = errorPlace(expr, error.message);
        return at && { ...at, message: error.message };
      }
      return null;
    },
    window: () => {
      const end = Math.ceil(Date.now() / 1000);
      return { start: end - rangeSeconds(), end };
    },
  };
}

/** Metadata of a metric, or of the histogram or summary whose part it is. */
async function metadataWithBase(metric: string) {
  for (const name of [metric, metric.replace(/_(bucket|count|sum|total)$/, '')]) {
    const found = await metadataOf(name).catch(() => null);
    const entry = found?.data[name]?.[0];
    if (entry) return entry;
  }
  return null;
}
