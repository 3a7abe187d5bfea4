/** Picks backends in the shares of their weights. */
export interface WeightedPicker<T> {
  /** New weights; a backend that stays keeps its place in the turn, so shares stay exact over a change. */
  reweigh(backends: readonly Weighted<T>[]): void;
  /** The next backend; undefined when no weight is above 0. */
  pick(): T | undefined;
}

export interface Weighted<T> {
  key: string;
  weight: number;
  value: T;
}

/** Smooth weighted round robin, as nginx has it: after any number of picks each backend is at most one pick from its share. */
export function weightedPicker<T>(): WeightedPicker<T> {
  let backends: readonly Weighted<T>[] = [];
  let credit = new Map<string, number>();
  return {
    reweigh(next) {
      backends = next.filter((backend) => backend.weight > 0);
      credit = new Map(backends.map((backend) => [backend.key, credit.get(backend.key) ?? 0]));
    },
    pick() {
      const total = backends.reduce((sum, backend) => sum + backend.weight, 0);
      let chosen: Weighted<T> | undefined;
      let most = Number.NEGATIVE_INFINITY;
      for (const backend of backends) {
        const own = (credit.get(backend.key) ?? 0) + backend.weight;
        credit.set(backend.key, own);
        if (own > most) {
          most = own;
          chosen = backend;
        }
      }
      if (chosen === undefined) return undefined;
      credit.set(chosen.key, most - total);
      return chosen.value;
    },
  };
}
