/** Hosts of a /24: .0 is the network, .1 the node's own, .255 the broadcast. */
const FIRST = 2;
const LAST = 254;

/** The addresses of a node's pods, each given to one pod at a time. */
export interface Addresses {
  /** @throws Error where all are taken */
  take(): string;
  giveBack(address: string): void;
}

/** @param prefix the first three bytes, such as `10.244.1` */
export function podAddresses(prefix: string): Addresses {
  const taken = new Set<string>();
  let next = FIRST;
  return {
    take() {
      for (let tried = FIRST; tried <= LAST; tried += 1) {
        const address = `${prefix}.${next}`;
        // Round and round: a client that still knows the address of a pod that left must not meet another one there.
        next = next === LAST ? FIRST : next + 1;
        if (taken.has(address)) continue;
        taken.add(address);
        return address;
      }
      throw new Error(`every address of ${prefix}.0/24 is taken`);
    },
    giveBack: (address) => void taken.delete(address),
  };
}
