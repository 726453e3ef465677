// The answer of instant queries as tables: a column for each label, filter and sorting; scalars and strings as they
// are; ranges of raw samples as lists.
import type { MatrixItem, QueryData, VectorItem, WireSample } from '../../lib/api-types.ts';
import { labelsKey, selector } from '../../lib/labels.ts';
import { zone } from '../../lib/settings.ts';
import { useStore } from '../../lib/store.ts';
import { timeText } from '../../lib/time.ts';
import { formatValue, guessUnit, isUnit, type Unit } from '../../lib/units.ts';
import { parseValue } from '../../lib/values.ts';
import { type Column, Table } from '../../parts/table.tsx';
import type { ExploreResult, QueryResult } from './result.ts';

interface TableViewProps {
  readonly result: ExploreResult;
  readonly unit: string;
  /** Words that rows must have. */
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
}

export function TableView({ result, unit, filter, onFilter }: TableViewProps) {
  const utc = useStore(zone) === 'utc';
  const several = result.results.length > 1;
  const vectors = result.results.some(({ answer }) => answer?.data.resultType === 'vector');
  return (
    <>
      <div class="table-bar">
        <span class="quiet">At {timeText(result.grid.end, utc)}</span>
        {vectors && (
          <input
            class="field"
            type="search"
            placeholder="Filter rows"
            aria-label="Filter rows"
            value={filter}
            onInput={(event) => onFilter(event.currentTarget.value)}
          />
        )}
      </div>
      {result.results.map((one) => (
        <section key={one.letter} class="table-part">
          {several && (
            <h2>
              {one.letter} <code>{one.expr}</code>
            </h2>
          )}
          {one.answer && <Data one={one} data={one.answer.data} filter={filter} unit={unit} />}
        </section>
      ))}
    </>
  );
}

interface DataProps {
  readonly one: QueryResult;
  readonly data: QueryData;
  readonly filter: string;
  readonly unit: string;
}

function Data({ one, data, filter, unit: chosen }: DataProps) {
  const unit = isUnit(chosen) ? chosen : guessUnit(one.expr);
  if (data.resultType === 'string') return <p class="single">{data.result[1]}</p>;
  if (data.resultType === 'scalar') return <Scalar sample={data.result} unit={unit} />;
  if (data.resultType === 'matrix') return <Matrix items={data.result} />;
  return <Vector items={data.result} filter={filter} unit={unit} />;
}

function Scalar({ sample, unit }: { readonly sample: WireSample; readonly unit: Unit }) {
  return (
    <p class="single" title={sample[1]}>
      {formatValue(parseValue(sample[1]), unit)}
    </p>
  );
}

interface VectorProps {
  readonly items: readonly VectorItem[];
  readonly filter: string;
  readonly unit: Unit;
}

function Vector({ items, filter, unit }: VectorProps) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = words.length
    ? items.filter((item) => {
        const text = selector(item.metric).toLowerCase();
        return words.every((word) => text.includes(word));
      })
    : items;
  const names = [...new Set(items.flatMap((item) => Object.keys(item.metric)))].sort((a, b) =>
    a === '__name__' ? -1 : b === '__name__' ? 1 : a < b ? -1 : 1,
  );
  const columns: Column<VectorItem>[] = [
    ...names.map((name) => ({
      id: `label ${name}`,
      name: name === '__name__' ? 'metric' : name,
      key: (item: VectorItem) => item.metric[name] ?? '',
      cell: (item: VectorItem) => item.metric[name] ?? '',
    })),
    {
      name: 'value',
      number: true,
      key: ({ value }) => (value ? parseValue(value[1]) : NaN),
      cell: ({ value }) => (value ? formatValue(parseValue(value[1]), unit) : 'native histogram'),
      title: ({ value }) => value?.[1] ?? '',
    },
  ];
  return (
    <>
      <Table
        caption="Result"
        columns={columns}
        rows={rows}
        rowKey={(item) => labelsKey(item.metric)}
        limit={200}
      />
      <p class="facts quiet">
        {words.length > 0 ? `${rows.length} of ${items.length} series` : `${items.length} series`}
      </p>
    </>
  );
}

function Matrix({ items }: { readonly items: readonly MatrixItem[] }) {
  const utc = useStore(zone) === 'utc';
  return (
    <Table
      caption="Samples"
      rows={items}
      rowKey={(item) => labelsKey(item.metric)}
      limit={50}
      columns={[
        { name: 'series', key: (item) => selector(item.metric), cell: (item) => selector(item.metric) },
        {
          name: 'samples',
          key: (item) => item.values?.length ?? 0,
          cell: (item) => (
            <span class="samples">
              {item.values?.slice(-200).map(([time, value]) => `${value} @ ${timeText(time, utc)}\n`)}
            </span>
          ),
        },
      ]}
    />
  );
}
