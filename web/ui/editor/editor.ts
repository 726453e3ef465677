// The PromQL editor: CodeMirror with the grammar of Prometheus. A chunk of its own, fetched after the first picture;
// what it needs of the program comes as arguments, so that it shares no code with the main bundle.
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
  selectedCompletion,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands';
import { bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, linter, setDiagnostics } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap, placeholder } from '@codemirror/view';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import {
  aggregateOpTerms,
  functionIdentifierTerms,
} from '@prometheus-io/codemirror-promql/dist/esm/complete/promql.terms.js';
import { completion } from './complete.ts';
import { editorTheme, highlight } from './theme.ts';

export interface Metadata {
  readonly type: string;
  readonly help: string;
}

/** A stretch of the text and what is wrong with it. */
export interface Mistake {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

/** What the editor asks of the server. */
export interface EditorServer {
  labelNames(params: Record<string, string | number>, signal?: AbortSignal): Promise<readonly string[]>;
  labelValues(
    name: string,
    params: Record<string, string | number>,
    signal?: AbortSignal,
  ): Promise<readonly string[]>;
  metadata(metric: string): Promise<Metadata | null>;
  /** The mistake that the server's parser finds; null for none. */
  check(expr: string): Promise<Mistake | null>;
  /** Times to look for names in, as parameters `start` and `end`. */
  window(): Record<string, number>;
}

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly text: string;
  readonly label: string;
  readonly hint: string;
  readonly nonce: string;
  readonly server: EditorServer;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}

export interface Editor {
  /** Replaces the text; no change is reported for it. */
  setText(text: string): void;
  /** Marks a mistake that running the query has shown; null removes the mark. */
  setMistake(mistake: Mistake | null): void;
  focus(at?: number): void;
  destroy(): void;
}

/** Puts an editor into `parent`. */
export function createEditor(options: EditorOptions): Editor {
  const { server } = options;
  let silent = false;
  const promql = new PromQLExtension()
    .activateLinter(false)
    .setComplete({ completeStrategy: completion(server, (metric) => metricHelp(server, metric)) });
  const view = new EditorView({
    parent: options.parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        EditorView.cspNonce.of(options.nonce),
        editorTheme,
        syntaxHighlighting(highlight),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': options.label, spellcheck: 'false' }),
        placeholder(options.hint),
        history(),
        bracketMatching(),
        closeBrackets(),
        Prec.highest(
          keymap.of([{ key: 'Enter', run: (editor) => isComplete(editor) && run(options, editor) }]),
        ),
        autocompletion({ icons: false, maxRenderedOptions: 50, activateOnTypingDelay: 50 }),
        promql.asExtension(),
        linter((editor) => check(server, editor), { delay: 600 }),
        hoverTooltip((editor, pos) => hover(server, editor, pos)),
        keymap.of([
          ...completionKeymap,
          // Only while the list is open; else Tab leaves the editor.
          { key: 'Tab', run: acceptCompletion },
          { key: 'Enter', run: (editor) => run(options, editor), shift: insertNewlineAndIndent },
          { key: 'Ctrl-Enter', mac: 'Cmd-Enter', run: (editor) => run(options, editor) },
          ...closeBracketsKeymap,
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !silent) options.onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setText(text) {
      if (text === view.state.doc.toString()) return;
      silent = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      silent = false;
    },
    setMistake: (mistake) =>
      view.dispatch(setDiagnostics(view.state, mistake ? [diagnostic(mistake, view)] : [])),
    focus(at) {
      view.focus();
      if (at !== undefined) view.dispatch({ selection: { anchor: Math.min(at, view.state.doc.length) } });
    },
    destroy() {
      promql.destroy();
      view.destroy();
    },
  };
}

/** Whether the entry that Enter would take is already written out; then Enter means to run. */
function isComplete(view: EditorView): boolean {
  const chosen = selectedCompletion(view.state);
  const { head } = view.state.selection.main;
  return chosen !== null && view.state.sliceDoc(head - chosen.label.length, head) === chosen.label;
}

function run({ onRun }: EditorOptions, view: EditorView): boolean {
  closeCompletion(view);
  onRun();
  return true;
}

function diagnostic({ from, to, message }: Mistake, view: EditorView): Diagnostic {
  const end = view.state.doc.length;
  return { from: Math.min(from, end), to: Math.min(to, end), message, severity: 'error' };
}

async function check(server: EditorServer, view: EditorView): Promise<Diagnostic[]> {
  const text = view.state.doc.toString();
  const mistake = text.trim() ? await server.check(text) : null;
  return mistake ? [diagnostic(mistake, view)] : [];
}

function line(tag: string, className: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

async function metricHelp(server: EditorServer, metric: string): Promise<HTMLElement | null> {
  const found = await server.metadata(metric);
  if (!found) return null;
  const box = document.createElement('div');
  box.append(line('p', 'help-type', found.type), line('p', '', found.help));
  return box;
}

/** What is known of the word below the pointer: a function's form and meaning, or a metric's type and help. */
async function hover(server: EditorServer, view: EditorView, pos: number) {
  const { from, text } = view.state.doc.lineAt(pos);
  for (const match of text.matchAll(/[a-zA-Z_:][\w:]*/g)) {
    const start = from + match.index;
    const end = start + match[0].length;
    if (pos < start || pos > end) continue;
    const term = [...functionIdentifierTerms, ...aggregateOpTerms].find(({ label }) => label === match[0]);
    const box = document.createElement('div');
    box.className = 'hover-help';
    if (term && /^\s*(\(|by|without)/.test(text.slice(end - from)))
      box.append(line('p', 'help-type', `${term.label}: ${term.detail}`), line('p', '', term.info));
    else {
      const help = await metricHelp(server, match[0]);
      if (!help) return null;
      box.append(line('p', 'help-name', match[0]), help);
    }
    return { pos: start, end, create: () => ({ dom: box }) };
  }
  return null;
}
