// Completion: where the cursor stands and what fits there is the library's to say; names and values come from the
// server, which is asked for those that begin with what is typed and for no more than a screenful.
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import {
  type CompleteStrategy,
  newCompleteStrategy,
  type PrometheusClient,
} from '@prometheus-io/codemirror-promql';
import { labelMatchersToString } from '@prometheus-io/codemirror-promql/dist/esm/parser/index.js';
import type { Matcher } from '@prometheus-io/codemirror-promql/dist/esm/types/index.js';
import type { EditorServer } from './editor.ts';

/** Entries asked for at a time. */
const limit = 50;

type Params = Record<string, string | number>;

const quote = (text: string) => JSON.stringify(text);

/** Text for a regular expression, inside a PromQL string. */
function startingWith(prefix: string): string {
  return quote(`${prefix.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}.*`);
}

/** The library's view of a server. `typed` is set before each question; a new question cancels the last. */
function remoteClient(server: EditorServer): PrometheusClient & { typed: string; cut: boolean } {
  let running = new AbortController();
  const begin = () => {
    running.abort();
    running = new AbortController();
    return running.signal;
  };
  const quiet = async (ask: Promise<readonly string[]>): Promise<string[]> => {
    // A completion that cannot be had is no error to show: the text can still be typed.
    const found = await ask.catch(() => []);
    if (found.length >= limit) client.cut = true;
    return [...found];
  };
  const client = {
    typed: '',
    cut: false,
    metricNames: (prefix = '') => {
      const match: Params = prefix ? { 'match[]': `{__name__=~${startingWith(prefix)}}` } : {};
      return quiet(server.labelValues('__name__', { ...server.window(), ...match, limit }, begin()));
    },
    labelNames: (metric?: string) => {
      const match: Params = metric ? { 'match[]': metric } : {};
      return quiet(server.labelNames({ ...server.window(), ...match, limit: 500 }, begin()));
    },
    labelValues: (name: string, metric = '', matchers?: Matcher[]) => {
      const others = matchers?.filter((matcher) => matcher.name !== name) ?? [];
      const base = labelMatchersToString(metric, others, name);
      const own = `${name}=~${startingWith(client.typed)}`;
      const match = base.endsWith('}')
        ? `${base.slice(0, -1)}${base.endsWith('{}') ? '' : ','}${own}}`
        : `${base}{${own}}`;
      const asked: Params = client.typed || metric || others.length > 0 ? { 'match[]': match } : {};
      return quiet(server.labelValues(name, { ...server.window(), ...asked, limit }, begin()));
    },
    // Help is fetched for the one entry that is looked at, not for all.
    metricMetadata: async () => ({}),
    series: async () => [],
    flags: async () => ({}),
    destroy: () => running.abort(),
  };
  return client;
}

/** Completion for the PromQL extension. `help` makes the text beside a chosen metric. */
export function completion(
  server: EditorServer,
  help: (metric: string) => Promise<HTMLElement | null>,
): CompleteStrategy {
  const client = remoteClient(server);
  const library = newCompleteStrategy({ remote: client });
  const withHelp = (option: Completion): Completion =>
    option.type === 'constant' && !option.info ? { ...option, info: () => help(option.label) } : option;
  return {
    async promQL(context: CompletionContext): Promise<CompletionResult | null> {
      client.typed = context.matchBefore(/[^"'`]*/)?.text ?? '';
      client.cut = false;
      const found = await library.promQL(context);
      if (!found || context.aborted) return null;
      const { validFor, ...rest } = found;
      const options = found.options.map(withHelp);
      // A list that was cut short may lack what the next letter would have found.
      return client.cut || !validFor ? { ...rest, options } : { ...rest, options, validFor };
    },
    destroy: () => client.destroy?.(),
  };
}
