/** A figure of the evidence, with as many digits as tell something (pure). */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
