import { z } from "zod";
import { lookForLines, type Shown } from "../clients/cloudwatch-logs.ts";
import { openKubernetes } from "../clients/kubernetes.ts";
import { AT_ONCE } from "../clients/kubernetes-client.ts";
import { askInPod, REPLY_ERROR, UNREACHED } from "../clients/redis-in-pod.ts";
import { Refusal } from "../errors.ts";
import { openStore } from "../records/open-store.ts";
import { fails, holds, type Line, looked } from "../runbooks/verify-release/check.ts";
import type { Settings } from "../settings/index.ts";
import { anyLineIn, type LogSource, logSourceOf } from "../settings/log-source.ts";
import { readOutputs } from "../stack/reading.ts";

/** Whether the stack has had an update yet: much of what doctor looks at is made by the first one. */
export type Updates = "before its first update" | "updated";

/** A day: a stack that nobody uses logs little. */
const LOOKED_BACK = 86_400_000;

/** What a bucket's answer says before the first update and after it (pure). */
export function judgeStore(check: string, url: string, found: "writable" | "missing", updates: Updates): Line {
  const ours = url.startsWith("s3://");
  if (found === "missing") {
    if (updates === "before its first update")
      return holds(check, `${url}: the stack's first \`pulumi up\` creates the bucket`);
    return fails(check, `${url} doesn't exist`, "`pulumi up` creates the bucket that the setting records names");
  }
  if (!ours || updates === "updated") return holds(check, `${url} can be written`);
  return fails(
    check,
    `${url} already exists, but the stack's first \`pulumi up\` creates this bucket itself: S3 would refuse that with 409`,
    "name a bucket in the setting records that doesn't exist yet",
  );
}

/** Where records are kept. */
export function recordLines(stack: string, url: string, updates: Updates): Promise<Line[]> {
  const check = `records of ${stack}`;
  return looked(check, "see the setting records, RUNBOOKS_RECORDS and the credentials for it", async () => {
    const opened = await openStore(url, { secrets: [] });
    const found = await opened.check().then(
      () => "writable" as const,
      (error: unknown) => {
        if (error instanceof Refusal && error.code === "no-store") return "missing" as const;
        throw error;
      },
    );
    return [judgeStore(check, opened.url, found, updates)];
  });
}

/** What is said of the lines that the alarms on logs count (pure). */
export function judgeLogs(check: string, { group, namespace }: LogSource, shown: Shown, updates: Updates): Line {
  if (shown.group === "missing") {
    return fails(
      check,
      `the log group ${group} isn't there, and \`pulumi up\` counts lines in it`,
      "install the cluster's log forwarder, which creates it (on EKS the add-on amazon-cloudwatch-observability), or name the group in the setting logs.group",
    );
  }
  if (shown.newest !== null) {
    return holds(check, `lines of ${namespace} arrive in ${group}, one at ${new Date(shown.newest).toISOString()}`);
  }
  if (updates === "before its first update") return holds(check, `${group} is there; nothing of ${namespace} logs yet`);
  return fails(
    check,
    `no line of ${namespace} has come to ${group} within a day: the alarms on logs see nothing`,
    "look at the log forwarder's pods, and at the setting logs (group, fields, namespaceField)",
  );
}

/** Whether the application's lines come to where the alarms count them. */
export function logLines(stack: string, settings: Settings, region: string | null, updates: Updates): Promise<Line[]> {
  const check = `log lines of ${stack}`;
  const source = logSourceOf(settings);
  return looked(check, "allow logs:DescribeLogGroups and logs:FilterLogEvents, and see the region", async () => {
    const shown = await lookForLines(
      { group: source.group, pattern: anyLineIn(source), region },
      Date.now() - LOOKED_BACK,
    );
    return [judgeLogs(check, source, shown, updates)];
  });
}

/** Milliseconds that the session store has to take a connection. */
const CONNECTS_WITHIN = 3_000;

/** From where the session store is reached. */
export interface StoreReach {
  place: string;
  here: boolean;
  /** null where no pod is ready to ask from, or none may be asked; else whether it is reached from there */
  pod: boolean | null;
}

/** What is said of the way to the session store: pods always need it, the runner has one of its own or takes theirs (pure). */
export function judgeReach(check: string, { place, here, pod }: StoreReach): Line {
  if (here) return holds(check, `${place} is reached from here`);
  if (pod === true) return holds(check, `${place} isn't reached from here, and is asked from a pod of the application`);
  if (pod === false) {
    return fails(
      check,
      `${place} is reached neither from here nor from a pod`,
      "let the cluster nodes' security groups (network.clientSecurityGroupIds) and the namespace's egress to port 6379",
    );
  }
  return fails(
    check,
    `${place} isn't reached from here, and no pod can be asked in its place`,
    "rotations of REDIS_URL log in to it: run the runner inside the VPC, or allow it get and create on pods/exec in the namespace; the image needs `node`",
  );
}

async function connects(host: string, port: number): Promise<boolean> {
  const { connect } = await import("node:net");
  const socket = connect({ host, port });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.setTimeout(CONNECTS_WITHIN, () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}

const placeSchema = z.object({ sessionStore: z.object({ endpoint: z.string(), port: z.number() }) });

/** Whether the session store is reached: from where the command runs, or from a pod. */
export async function storeLines(stack: string, settings: Settings, updates: Updates): Promise<Line[]> {
  const check = `session store of ${stack}`;
  if (updates === "before its first update") return [holds(check, "the stack's first `pulumi up` creates it")];
  return looked(check, "see the stack's outputs: `pulumi stack output sessionStore`", async () => {
    const outputs = placeSchema.parse(JSON.parse(await readOutputs({ cwd: process.cwd(), name: stack })));
    const { endpoint: host, port } = outputs.sessionStore;
    const here = await connects(host, port);
    const ask = async () => {
      const inPod = askInPod(
        settings,
        await openKubernetes({ context: settings.cluster.context ?? null, patience: AT_ONCE }),
      );
      return inPod({ host, port, secure: "tls", commands: [["PING"]], within: CONNECTS_WITHIN });
    };
    // Without a login Redis answers with an error, NOAUTH: it is reached.
    const pod = here
      ? null
      : await ask().then(
          () => true,
          (error: unknown) => {
            if (error instanceof Error && error.name === REPLY_ERROR) return true;
            return error instanceof Error && "code" in error && error.code === UNREACHED ? false : null;
          },
        );
    return [judgeReach(check, { place: `${host}:${port}`, here, pod })];
  });
}
