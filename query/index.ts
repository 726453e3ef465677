// The door of the query layer: the language (parse, format, tree) and the engine that evaluates it.
//
//   lang/   text → tree → text: lexer, grammar, types, printer
//   exec/   operators over series and steps
//   math/   the arithmetic of functions and aggregations
//
// Trees are plain data and may be kept; parse is not re-entrant but has no state between calls.
export { createEngine, type Engine, type EngineOptions, type QueryRequest } from './engine.ts';
export type * from './lang/ast.ts';
export { typeOf } from './lang/check.ts';
export { formatDuration, parseDuration } from './lang/duration.ts';
export { parseToJson, toJson } from './lang/json.ts';
export { formatApiValue, formatExponent, formatOpenMetrics, formatPlain } from './lang/number.ts';
export { type ParseOptions, parse, parseSelector } from './lang/parse.ts';
export { formatQuery, pretty } from './lang/pretty.ts';
export { print } from './lang/print.ts';
export { resolveDurations } from './lang/resolve.ts';
export * from './result.ts';
