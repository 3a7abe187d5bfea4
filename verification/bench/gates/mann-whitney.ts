/** Mid-ranks of all values, in their order. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((one, other) => (values[one] ?? 0) - (values[other] ?? 0));
  const ranked = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to += 1;
    for (let at = from; at < to; at += 1) ranked[order[at] ?? 0] = (from + to + 1) / 2;
    from = to;
  }
  return ranked;
}

/** The standardised rank sum of `canary` moved down by `shift`, with the corrections for ties and continuity. */
export function rankZ(canary: readonly number[], stable: readonly number[], shift: number): number {
  const [m, n] = [canary.length, stable.length];
  const all = ranks([...canary.map((value) => value - shift), ...stable]);
  const sum = all.slice(0, m).reduce((total, rank) => total + rank, 0);
  const distance = sum - (m * (m + 1)) / 2 - (m * n) / 2;
  const counts = new Map<number, number>();
  for (const rank of all) counts.set(rank, (counts.get(rank) ?? 0) + 1);
  const ties = [...counts.values()].reduce((total, count) => total + count ** 3 - count, 0);
  const deviation = Math.sqrt(((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1))));
  return deviation === 0 ? 0 : (distance - Math.sign(distance) * 0.5) / deviation;
}

/** The Hodges-Lehmann estimate of how much higher the canary's values are: where the rank sum is even. */
export function shiftEstimate(canary: readonly number[], stable: readonly number[]): number {
  let low = Math.min(...canary) - Math.max(...stable);
  let high = Math.max(...canary) - Math.min(...stable);
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (rankZ(canary, stable, middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
