import type { PolicyPackArgs } from "@pulumi/policy";
import { availability } from "./availability.ts";
import { bucketEncryption } from "./bucket-encryption.ts";
import { digests } from "./digests.ts";
import { encryptedEntries } from "./encrypted-entries.ts";
import { noSecretsInClear } from "./no-secrets-in-clear.ts";
import { noSecretsInOutputs } from "./no-secrets-in-outputs.ts";
import { ownership } from "./ownership.ts";
import { podHardening } from "./pod-hardening.ts";
import { probes } from "./probes.ts";
import { protectedState } from "./protected-state.ts";
import { redisSessions } from "./redis-sessions.ts";
import { redundancy } from "./redundancy.ts";
import { rotationAge } from "./rotation-age.ts";
import { rotationTag } from "./rotation-tag.ts";
import { sessionWiring } from "./session-wiring.ts";
import { sessionsUnread } from "./sessions-unread.ts";
import { weights } from "./weights.ts";

/** The pack's content; `index.ts` serves it. Each policy can be set to another level in the pack's configuration. */
export const pack = {
  displayName: "Production runbooks",
  description: "What a stack of production runbooks must comply with, checked before anything changes.",
  enforcementLevel: "mandatory",
  policies: [
    redisSessions,
    sessionWiring,
    sessionsUnread,
    weights,
    digests,
    probes,
    noSecretsInClear,
    noSecretsInOutputs,
    encryptedEntries,
    rotationTag,
    rotationAge,
    bucketEncryption,
    availability,
    redundancy,
    podHardening,
    ownership,
    protectedState,
  ],
} satisfies PolicyPackArgs;
