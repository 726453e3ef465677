// Stands in for @opentelemetry/api in the single executable: prom-client loads its fifty modules for exemplars only,
// which Ferula's own metrics do not have.
export {};
