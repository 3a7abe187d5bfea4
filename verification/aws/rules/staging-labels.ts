import { z } from "zod";
import type { Call, Known } from "../calls/call.ts";
import type { Breach } from "./rule.ts";

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";
/** Secrets Manager quotas: staging labels of one version. */
const MOST_LABELS = 20;

interface Entry {
  versions: Set<string>;
  /** which version has a label: a label is on one version at most */
  holders: Map<string, string>;
}

/** What Secrets Manager would have by the calls so far, and what it has against the next one. */
export interface StagingLabels extends Known {
  /** Takes a call in, and answers what Secrets Manager refuses it for; a refused call changes nothing. */
  take(call: Call): Breach[];
  /** The provider has read a version, `SECRET|VERSION`. */
  hasRead(version: string): void;
  /** The provider has dropped a version from its state. */
  forget(version: string): void;
}

const putSchema = z.object({
  SecretId: z.string(),
  ClientRequestToken: z.string(),
  VersionStages: z.array(z.string()).optional(),
});
const moveSchema = z.object({
  SecretId: z.string(),
  VersionStage: z.string(),
  MoveToVersionId: z.string().optional(),
  RemoveFromVersionId: z.string().optional(),
});

function attach({ holders }: Entry, label: string, version: string): void {
  const before = holders.get(label);
  holders.set(label, version);
  if (label === CURRENT && before !== undefined && before !== version) holders.set(PREVIOUS, before);
}

const labelsOn = ({ holders }: Entry, version: string): string[] =>
  [...holders].flatMap(([label, holder]) => (holder === version ? [label] : [])).sort();

/** UpdateSecretVersionStage's rules, as its API reference has them. */
function refusals(entry: Entry, move: z.infer<typeof moveSchema>): string[] {
  const { VersionStage: label, MoveToVersionId: to, RemoveFromVersionId: from } = move;
  const holder = entry.holders.get(label);
  const unknown = [to, from].filter((version) => version !== undefined && !entry.versions.has(version));
  if (unknown.length > 0) return [`the secret has no version ${unknown.join(", ")}`];
  if (to === undefined && from === undefined)
    return [`${label}: neither MoveToVersionId nor RemoveFromVersionId is given`];
  if (from !== undefined && holder !== from)
    return [
      `${label}: RemoveFromVersionId names ${from}, and ${holder === undefined ? "no version" : holder} has the label`,
    ];
  if (to !== undefined && from === undefined && holder !== undefined)
    return [`${label} is on ${holder}: moving it to ${to} needs RemoveFromVersionId ${holder}`];
  if (to === undefined && label === CURRENT) return [`${CURRENT} can be moved, and not taken away`];
  if (to !== undefined && labelsOn(entry, to).length >= MOST_LABELS) return [`${to} has ${MOST_LABELS} labels already`];
  return [];
}

/** An account without secrets. */
export function stagingLabels(): StagingLabels {
  const entries = new Map<string, Entry>();
  const read = new Map<string, string[]>();
  const entryOf = (secret: string): Entry => {
    const found = entries.get(secret) ?? { versions: new Set<string>(), holders: new Map<string, string>() };
    entries.set(secret, found);
    return found;
  };
  const split = (id: string): [secret: string, version: string] => {
    const [secret = "", version = ""] = id.split("|");
    return [secret, version];
  };
  const labelsOf = (id: string): string[] => {
    const [secret, version] = split(id);
    return labelsOn(entryOf(secret), version);
  };
  return {
    labelsOf,
    holderOf: (secret, label) => entryOf(secret).holders.get(label),
    labelsInState: (version) => read.get(version) ?? [],
    hasRead: (version) => void read.set(version, labelsOf(version)),
    forget: (version) => void read.delete(version),
    take: (call) => {
      if (call.operation === "PutSecretValue") {
        const {
          SecretId,
          ClientRequestToken: version,
          VersionStages: stages = [CURRENT],
        } = putSchema.parse(call.params);
        const entry = entryOf(SecretId);
        const first = entry.holders.get(CURRENT) === undefined;
        entry.versions.add(version);
        for (const label of first ? new Set([CURRENT, ...stages]) : stages) attach(entry, label, version);
        return [];
      }
      if (call.operation !== "UpdateSecretVersionStage") return [];
      const move = moveSchema.parse(call.params);
      const entry = entryOf(move.SecretId);
      const refused = refusals(entry, move);
      if (refused.length > 0) return refused.map((why) => ({ rule: "staging-labels", why }));
      if (move.RemoveFromVersionId !== undefined) entry.holders.delete(move.VersionStage);
      if (move.MoveToVersionId === undefined) return [];
      // The label has just been taken off its holder: AWSPREVIOUS goes there, as the service does it.
      if (move.VersionStage === CURRENT && move.RemoveFromVersionId !== undefined)
        entry.holders.set(PREVIOUS, move.RemoveFromVersionId);
      attach(entry, move.VersionStage, move.MoveToVersionId);
      return [];
    },
  };
}
