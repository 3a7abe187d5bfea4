/** One figure of several measurements: the median, and between what they lay. */
export interface Figure {
  median: number;
  least: number;
  most: number;
}

/**
 * Sums measurements up (pure).
 * @throws Error without any
 */
export function figureOf(values: readonly number[]): Figure {
  const sorted = values.toSorted((one, other) => one - other);
  const [least, most] = [sorted[0], sorted.at(-1)];
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (least === undefined || most === undefined || low === undefined || high === undefined) {
    throw new Error("nothing was measured");
  }
  return { median: (low + high) / 2, least, most };
}

/** One against another, measured in turns: each pair's own ratio, so that a busy minute weighs on both sides (pure). */
export function ratioOf(values: readonly number[], against: readonly number[]): Figure {
  return figureOf(
    values.flatMap((value, index) => {
      const other = against[index];
      return other === undefined ? [] : [value / other];
    }),
  );
}

/** Something whose seconds count. */
export type Timed = () => Promise<{ seconds: number }>;

/**
 * Runs each of them once a round, in turns; the order turns round every time, so that none is always the first. A round
 * before the first isn't counted: caches fill in it.
 * @returns the seconds of each, in the order of the rounds
 */
export async function inTurns<Name extends string>(
  rounds: number,
  timed: Record<Name, Timed>,
  told: (name: string, seconds: number) => void,
): Promise<Record<string, number[]>> {
  const entries: [string, Timed][] = Object.entries(timed);
  const seconds: Record<string, number[]> = Object.fromEntries(entries.map(([name]) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, work] of round % 2 === 0 ? entries : entries.toReversed()) {
      const measured = await work();
      if (round === 0) continue;
      seconds[name]?.push(measured.seconds);
      told(name, measured.seconds);
    }
  }
  return seconds;
}
