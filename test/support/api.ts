// A small client of the HTTP API for tests: asks and unwraps the envelope.

export interface ApiSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

export interface ApiClient {
  /** `data` of a successful answer; throws with status and body otherwise. */
  get(path: string, params?: Readonly<Record<string, string | readonly string[]>>): Promise<unknown>;
  /** The vector of an instant query. */
  vector(query: string, time?: number): Promise<readonly ApiSeries[]>;
  /** The only value of an instant query's vector, undefined where it is empty. */
  value(query: string, time?: number): Promise<number | undefined>;
}

export function apiClient(base: string): ApiClient {
  const get: ApiClient['get'] = async (path, params = {}) => {
    const search = new URLSearchParams(
      Object.entries(params).flatMap(([name, value]) =>
        (typeof value === 'string' ? [value] : value).map((one): [string, string] => [name, one]),
      ),
    );
    const response = await fetch(`${base}/api/v1/${path}?${search}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    return (JSON.parse(text) as { data: unknown }).data;
  };
  const vector: ApiClient['vector'] = async (query, time) => {
    const data = await get('query', { query, ...(time !== undefined && { time: String(time) }) });
    return (data as { result: ApiSeries[] }).result;
  };
  return {
    get,
    vector,
    value: async (query, time) => {
      const result = await vector(query, time);
      if (result.length > 1) throw new Error(`${query} gives ${result.length} series, not one`);
      return result.length === 0 ? undefined : Number(result[0].value![1]);
    },
  };
}
