/** Who refers to a credential: a live pod, or a release that a rollback may still go to. */
export interface Reference {
  /** For people: `pod app-r1-abcde` or `release 2026.11.22-1 (r1)`. */
  who: string;
  /** The generations it uses: one, or a ring's. */
  generations: readonly string[];
}

/** What is observed of one secret at one moment: not what a runbook meant to do. */
export interface Observed {
  secret: string;
  /** Live pods, by what they report. */
  pods: readonly Reference[];
  /** Releases still eligible for rollback, by what they pin. */
  targets: readonly Reference[];
  /** The generations that the issuer accepts, by its list or by probes, and what else of ours it lists; null where that can't be known now. */
  accepted: readonly string[] | null;
  /** Why it can't be known, where it can't. */
  unknown?: string | null;
  /** The generations whose value is kept, encrypted, in the stack's state or the change's record. */
  kept: readonly string[];
  /** Use that the issuer shows of a generation since the time that was asked for; null where it can't say. */
  uses: Readonly<Record<string, number | null>>;
}

export type Invariant = "I1" | "I2" | "I3" | "I4";

/** A broken invariant, in words that hold no value. */
export interface Breach {
  invariant: Invariant;
  /** whether it was seen, or only can't be ruled out, since the issuer shows too little */
  known: "seen" | "unknown";
  says: string;
}

const MOST_ACCEPTED = 2;

const seen = (invariant: Invariant, says: string): Breach => ({ invariant, known: "seen", says });
const unknown = (invariant: Invariant, says: string): Breach => ({ invariant, known: "unknown", says });

/** I1: every credential that a live pod or a release still eligible for rollback refers to is accepted by its issuer (pure). */
export function referencedAreAccepted({ secret, pods, targets, accepted, unknown: why }: Observed): Breach[] {
  const references = [...pods, ...targets];
  if (accepted === null) {
    if (references.length === 0) return [];
    return [unknown("I1", `${secret}: the issuer doesn't say what it accepts${why ? ` (${why})` : ""}`)];
  }
  return references.flatMap(({ who, generations }) =>
    generations
      .filter((generation) => !accepted.includes(generation))
      .map((generation) => seen("I1", `${secret}: ${who} uses ${generation}, which the issuer doesn't accept`)),
  );
}

/** The half of I2 that our own pods answer: they are there, and none of them refers to the generation (pure). */
export function usedByPods(generation: string, { secret, pods }: Observed): Breach[] {
  if (pods.length === 0)
    return [unknown("I2", `${secret}: no live pod was found, so who uses ${generation} isn't known`)];
  const users = pods.filter(({ generations }) => generations.includes(generation));
  return users.map(({ who }) => seen("I2", `${secret}: ${who} still uses ${generation}`));
}

/** The half of I2 that the issuer answers: it shows no use of the generation, by whomever (pure). */
export function usedAtIssuer(generation: string, { secret, uses }: Observed): Breach[] {
  const used = uses[generation] ?? null;
  if (used === 0) return [];
  if (used === null) return [unknown("I2", `${secret}: the issuer doesn't say whether ${generation} is in use`)];
  return [seen("I2", `${secret}: the issuer shows ${used} ${used === 1 ? "use" : "uses"} of ${generation}`)];
}

/** I2: a generation may be revoked only when no live pod refers to it and the issuer shows no use of it (pure). */
export function mayBeRevoked(generation: string, observed: Observed): Breach[] {
  return [...usedByPods(generation, observed), ...usedAtIssuer(generation, observed)];
}

/** I3: whatever the issuer accepts is kept by us, since intent and value are persisted before a side effect (pure). */
export function acceptedAreKept({ secret, accepted, kept }: Observed): Breach[] {
  return (accepted ?? [])
    .filter((generation) => !kept.includes(generation))
    .map((generation) =>
      seen(
        "I3",
        `${secret}: the issuer accepts ${generation}, which neither the stack nor a record keeps: revoke it there`,
      ),
    );
}

/** I4: at most two credentials of a secret are accepted (pure). */
export function atMostTwo({ secret, accepted }: Observed): Breach[] {
  const distinct = [...new Set(accepted ?? [])];
  if (distinct.length <= MOST_ACCEPTED) return [];
  return [seen("I4", `${secret}: the issuer accepts ${distinct.length} credentials: ${distinct.join(", ")}`)];
}

/** What is broken at any moment, before and after every step: I1, I3 and I4. I2 is asked of the one step that revokes (pure). */
export function breachesOf(observed: Observed): Breach[] {
  return [...referencedAreAccepted(observed), ...acceptedAreKept(observed), ...atMostTwo(observed)];
}
