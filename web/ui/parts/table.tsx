// A table that can be sorted by its heads; long ones show their first rows and offer the rest.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

export interface Column<Row> {
  readonly name: string;
  /** Tells columns of the same name apart; the name itself if left out. */
  readonly id?: string;
  /** What rows are sorted by: numbers by size, texts in natural order. */
  readonly key: (row: Row) => number | string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly number?: boolean;
  /** Kept on one line. */
  readonly oneLine?: boolean;
  /** Exact content, shown by the browser when the pointer rests. */
  readonly title?: (row: Row) => string;
}

export interface Sorting {
  readonly column: string;
  readonly down: boolean;
}

interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly first?: Sorting;
  /** Rows shown before "show all". */
  readonly limit?: number;
  readonly rowClass?: (row: Row) => string;
}

const collator = new Intl.Collator('en', { numeric: true });

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') {
    // NaN goes last whichever way it is sorted by the caller's sign, so treat it as the smallest.
    return (Number.isNaN(a) ? -Infinity : a) - (Number.isNaN(b) ? -Infinity : b) || 0;
  }
  return collator.compare(String(a), String(b));
}

const idOf = ({ id, name }: { readonly id?: string; readonly name: string }) => id ?? name;

export function Table<Row>(props: TableProps<Row>) {
  const { columns, rows, limit = 500 } = props;
  const [sorting, setSorting] = useState<Sorting | null>(props.first ?? null);
  const [all, setAll] = useState(false);
  const by = columns.find((column) => idOf(column) === sorting?.column);
  const sorted = by
    ? [...rows].sort((a, b) => compare(by.key(a), by.key(b)) * (sorting!.down ? -1 : 1))
    : rows;
  const shown = all ? sorted : sorted.slice(0, limit);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={props.caption}>
        <table class="table">
          <thead>
            <tr>
              {columns.map((column) => (
                <Head key={idOf(column)} column={column} sorting={sorting} onSort={setSorting} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={props.rowKey(row)} class={props.rowClass?.(row)}>
                {columns.map((column) => (
                  <td
                    key={idOf(column)}
                    class={column.number ? 'number' : column.oneLine ? 'one-line' : undefined}
                    title={column.title?.(row)}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {shown.length < rows.length && (
        <p class="quiet more-rows">
          {shown.length} of {rows.length} rows shown.{' '}
          <button type="button" class="textual" onClick={() => setAll(true)}>
            Show all
          </button>
        </p>
      )}
    </>
  );
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly sorting: Sorting | null;
  readonly onSort: (sorting: Sorting) => void;
}

function Head<Row>({ column, sorting, onSort }: HeadProps<Row>) {
  const mine = sorting?.column === idOf(column);
  // Numbers are first sorted with the largest on top, texts from A.
  const next = { column: idOf(column), down: mine ? !sorting.down : Boolean(column.number) };
  return (
    <th
      scope="col"
      class={column.number ? 'number' : undefined}
      aria-sort={mine ? (sorting.down ? 'descending' : 'ascending') : 'none'}
    >
      <button type="button" class="head" onClick={() => onSort(next)}>
        <span>{column.name}</span>
        <span class="arrow" aria-hidden="true">
          {mine ? (sorting.down ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  );
}
