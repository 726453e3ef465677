// Sample values between the wire's text and numbers.

/** The number of a value as Prometheus writes it. */
export function parseValue(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}
