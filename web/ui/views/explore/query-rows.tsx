// The queries A to Z: a letter that switches each on and off, the field, and what can be done with it.
import { useEffect, useState } from 'preact/hooks';
import { type ApiError, formatQuery } from '../../lib/api.ts';
import { type ExploreQuery, type ExploreState, letterOf, queriesMax } from '../../lib/explore-state.ts';
import { Icon } from '../../parts/icons.tsx';
import { Choice, Menu } from '../../parts/menu.tsx';
import { QueryField } from '../../parts/query-field.tsx';

interface QueryRowsProps {
  readonly state: ExploreState;
  readonly ready: boolean;
  readonly errors: ReadonlyMap<string, ApiError>;
  /** Runs these queries. */
  readonly onRun: (queries: readonly ExploreQuery[]) => void;
}

export function QueryRows({ state, ready, errors, onRun }: QueryRowsProps) {
  // Kept here, so that typing draws nothing but the fields anew.
  const [drafts, setDrafts] = useState<readonly ExploreQuery[]>(state.queries);
  useEffect(() => setDrafts(state.queries), [JSON.stringify(state.queries)]);
  const replace = (index: number, query: ExploreQuery) => drafts.map((old, i) => (i === index ? query : old));
  const changed = drafts.some((draft, i) => draft.expr !== state.queries[i]?.expr);
  return (
    <form
      class="queries"
      aria-label="Queries"
      onSubmit={(event) => {
        event.preventDefault();
        onRun(drafts);
      }}
    >
      {drafts.map((query, i) => (
        <QueryRow
          key={letterOf(i)}
          query={query}
          letter={letterOf(i)}
          first={i === 0}
          alone={drafts.length === 1}
          changed={changed}
          ready={ready}
          error={errors.get(letterOf(i)) ?? null}
          rangeSeconds={state.seconds}
          onQuery={(next, run) => (run ? onRun : setDrafts)(replace(i, next))}
          onRun={() => onRun(drafts)}
          onDuplicate={() =>
            onRun([...drafts.slice(0, i + 1), query, ...drafts.slice(i + 1)].slice(0, queriesMax))
          }
          onRemove={() => onRun(drafts.filter((_, other) => other !== i))}
        />
      ))}
      {drafts.length < queriesMax && (
        <button
          type="button"
          class="textual add-query"
          onClick={() => setDrafts([...drafts, { expr: '', off: false, legend: '' }])}
        >
          <Icon name="plus" />
          Add query
        </button>
      )}
    </form>
  );
}

interface QueryRowProps extends RowMenuProps {
  readonly first: boolean;
  /** Whether any field differs from what was run. */
  readonly changed: boolean;
  readonly ready: boolean;
  readonly error: ApiError | null;
  readonly rangeSeconds: number;
  readonly onRun: () => void;
}

function QueryRow(props: QueryRowProps) {
  const { query, letter, first, changed, onQuery, onRun } = props;
  return (
    <div class={query.off ? 'query off' : 'query'}>
      <button
        type="button"
        class="letter"
        aria-pressed={!query.off}
        title={query.off ? `Switch query ${letter} on` : `Switch query ${letter} off`}
        onClick={() => onQuery({ ...query, off: !query.off }, true)}
      >
        {letter}
      </button>
      <QueryField
        value={query.expr}
        label={`Query ${letter}`}
        hint="A PromQL expression, such as rate(http_requests_total[5m])"
        ready={props.ready}
        error={props.error}
        focus={first && query.expr === '' && matchMedia('(pointer: fine)').matches}
        rangeSeconds={props.rangeSeconds}
        onChange={(expr) => onQuery({ ...query, expr }, false)}
        onRun={onRun}
      />
      {first && (
        <button type="submit" class={changed ? 'button strong run' : 'button run'}>
          <Icon name="play" />
          Run
        </button>
      )}
      <RowMenu {...props} />
    </div>
  );
}

interface RowMenuProps {
  readonly query: ExploreQuery;
  readonly letter: string;
  readonly alone: boolean;
  readonly onQuery: (query: ExploreQuery, run: boolean) => void;
  readonly onDuplicate: () => void;
  readonly onRemove: () => void;
}

function RowMenu({ query, letter, alone, onQuery, onDuplicate, onRemove }: RowMenuProps) {
  const [wrong, setWrong] = useState('');
  const format = async (close: () => void) => {
    try {
      const { data } = await formatQuery(query.expr);
      onQuery({ ...query, expr: data }, false);
      close();
    } catch (error) {
      setWrong((error as ApiError).message);
    }
  };
  return (
    <Menu icon="more" title={`More for query ${letter}`}>
      {(close) => (
        <>
          <Choice onClick={() => void format(close)}>Format</Choice>
          {wrong && (
            <p class="wrong" role="alert">
              {wrong}
            </p>
          )}
          <Choice
            onClick={() => {
              close();
              onDuplicate();
            }}
          >
            Duplicate
          </Choice>
          {!alone && (
            <Choice
              onClick={() => {
                close();
                onRemove();
              }}
            >
              Remove
            </Choice>
          )}
          <label class="menu-field">
            Legend
            <input
              class="field"
              value={query.legend}
              placeholder="{{job}} {{instance}}"
              onChange={(event) => onQuery({ ...query, legend: event.currentTarget.value }, true)}
            />
          </label>
        </>
      )}
    </Menu>
  );
}
