// The door of the PromQL test runner.
//
//   script.ts, series.ts   the test language: scripts as data
//   run.ts                 one script against a store and an engine: passed, failed, skipped
//   needs.ts               what is skipped: native histograms and start timestamps
//   command.ts             `ferula test promql`
export { type CommandOptions, testPromql } from './command.ts';
export { createFileStore, type FileStore } from './file-store.ts';
export {
  type Outcome,
  type RunOptions,
  runScript,
  type ScriptReport,
  type ScriptStore,
  scriptEngineOptions,
} from './run.ts';
export { parseScript, ScriptError } from './script.ts';
