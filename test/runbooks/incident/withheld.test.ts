import assert from "node:assert/strict";
import type { Pod } from "../../../infra/clients/kubernetes.ts";
import type { Message } from "../../../infra/notify/channel.ts";
import { growingRedactor } from "../../../infra/records/redaction/growing.ts";
import { diagnose } from "../../../infra/runbooks/incident/diagnose.ts";
import { openIncidentView } from "../../../infra/runbooks/incident/outside.ts";
import { tell } from "../../../infra/runner/respond/tell.ts";
import { withheldCredentials } from "../../../infra/stack/known-credentials.ts";
import { RUNNING_POD } from "../../fixtures/pod.ts";
import { openedDeploy, staying } from "../../runner/session.ts";
import { CASES } from "./facts.ts";

const PASSWORDS = {
  database: "dbPassw0rd-Zk3vQ9",
  given: "givenRed1s-7Yq2LmX",
  minted: "mintedRed1s-Pw83nB",
  unknown: "nobodyKnows-Ht61cD",
};
const SIGNING = "signing-generation-2-0a1b2c3d4e5f";
const DATABASE_URL = `postgresql://app:${PASSWORDS.database}@db.example.com:5432/postgres`;
const redisUrl = (user: string, password: string) => `rediss://${user}:${password}@sessions.example.com:6379`;

const pod: Pod = {
  ...RUNNING_POD,
  name: "app-1",
  release: "r000000001",
  ready: false,
};

const line = (error: string) =>
  JSON.stringify({ time: "2026-11-22T12:00:01.000Z", level: "error", message: "failed", requestId: "q1", error });

/** What the pod has logged: errors that quote what they were given, one of them where a line is cut. */
const LOG = [
  line(`connect ${DATABASE_URL}: refused`),
  line(`parse "${redisUrl("app-a", PASSWORDS.given)}": invalid port`),
  line(`${"x".repeat(165)} ${redisUrl("app-b", PASSWORDS.minted)}`),
  line(`AUTH app-b ${PASSWORDS.minted} was refused; cookies are signed with ${SIGNING}`),
  line(`amqps://worker:${PASSWORDS.unknown}@queue.example.com is gone`),
].join("\n");

/** A pod's log and what may be read beside it; what is told and recorded of them. */
async function toldOf(can: { readSecret: boolean; readStack: boolean }) {
  const { session, journal, plan } = await openedDeploy();
  const redactor = growingRedactor([]);
  const read = withheldCredentials(
    {
      ...session.stack,
      credentials: async () => {
        if (!can.readStack) throw new Error("the stack can't be read");
        const REDIS_URL = { g2: redisUrl("app-b", PASSWORDS.minted) };
        return { SUPABASE_KEY: {}, SESSION_SECRET: { g2: SIGNING }, AFM_KEY: {}, REDIS_URL };
      },
    },
    redactor,
  );
  const incident = openIncidentView(
    {
      stage: "staging",
      gateway: { name: "public", namespace: "gateways", hostname: "app.example.com" },
      services: { supabaseUrl: "https://project.supabase.co" },
      application: { name: "app", healthPath: "/api/health", readyPath: "/api/health/ready" },
      cluster: { namespace: "app-staging" },
    },
    {
      pods: async () => [pod],
      podLogs: async () => LOG,
      secret: async () =>
        can.readSecret
          ? { DATABASE_URL, REDIS_URL: redisUrl("app-a", PASSWORDS.given), SUPABASE_KEY: "key-of-g1" }
          : null,
      podAnswer: async () => assert.fail("no pod is asked"),
      deployment: async () => assert.fail("no Deployment is asked for"),
      gatewayUrl: async () => assert.fail("no gateway is asked"),
    },
    { stackKey: "", redactor, know: read.know },
  );
  const told: Message[] = [];
  const announce = async (message: Message) => {
    told.push(message);
    return [];
  };
  const verdict = diagnose(CASES[0]?.facts ?? assert.fail("no case"));
  await journal.write("look", null, { verdict, backends: "ill", failing: [], pods: 1, leaving: 0 });
  await tell(staying({ session: { ...session, incident, announce }, journal, plan }), "the database's owner");
  return { told, recorded: journal.events(), text: JSON.stringify([told, journal.events()]) };
}

describe("what pods have logged in an incident", () => {
  it("is told and recorded without what was given to them, whichever generation, even where a line is cut", async () => {
    const { told, recorded, text } = await toldOf({ readSecret: true, readStack: true });
    assert.equal(told.length, 1);
    assert.ok(recorded.some(({ type }) => type === "captured"));
    for (const [name, password] of Object.entries(PASSWORDS)) assert.ok(!text.includes(password.slice(0, 8)), name);
    assert.ok(!text.includes(SIGNING.slice(0, 12)), "a signing key");
    assert.match(text, /connect «redacted»: refused/);
    assert.match(text, /amqps:\/\/worker:«redacted»@queue\.example\.com is gone/);
  });

  it("is quoted where the pod's own Secret can be read and the stack can't", async () => {
    const { text } = await toldOf({ readSecret: true, readStack: false });
    assert.match(text, /connect «redacted»: refused/);
    assert.ok(!text.includes(PASSWORDS.given.slice(0, 8)));
  });

  it("isn't quoted where nobody knows what in it is secret, and that is said", async () => {
    const { told, text } = await toldOf({ readSecret: false, readStack: false });
    for (const [name, password] of Object.entries(PASSWORDS)) assert.ok(!text.includes(password.slice(0, 8)), name);
    assert.match(told[0]?.lines.join("\n") ?? "", /the logs of 1 pods couldn't be read: app-1: its log isn't quoted/);
  });
});
