import "reflect-metadata";
import assert from "node:assert/strict";
import { createHmac, createSign, generateKeyPairSync, type KeyObject, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { badInput, EXIT, Refusal } from "../../../infra/errors.ts";
import { type Alert, reasonOf, stackOf } from "../../../infra/service/hooks/alert.ts";
import { hooksOf } from "../../../infra/service/hooks/of-places.ts";
import type { Outcome } from "../../../infra/service/hooks/open-incident.ts";
import { type Hooks, hookRoutes } from "../../../infra/service/hooks/routes.ts";
import { hookSettingsIn } from "../../../infra/service/hooks/settings.ts";
import { messageIn, signedText } from "../../../infra/service/hooks/sns.ts";
import { newPlace } from "../../../infra/service/place.ts";

const NOW = Date.parse("2026-11-27T12:00:00.000Z");
const TOKEN = "alertmanager-token-0123456789";
const SECRET = "pagerduty-secret-0123456789";
const TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms";
const CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem";
const SERVED = [
  { stack: "staging", prefix: "app-staging" },
  { stack: "production", prefix: "app-production" },
];

function world(more: Partial<Hooks> = {}) {
  const opened: { stack: string; alert: Alert }[] = [];
  const fetched: string[] = [];
  const said: string[] = [];
  let time = NOW;
  const hooks: Hooks = {
    settings: { alertmanagerToken: TOKEN, pagerdutySecret: SECRET, snsTopics: [TOPIC] },
    served: () => SERVED,
    openIncident: async (stack, alert): Promise<Outcome> => {
      opened.push({ stack, alert });
      return { kind: "opened", change: "CHG-2026-11-27-001" };
    },
    fetchText: async (url) => {
      fetched.push(url);
      return "";
    },
    log: ({ message }) => said.push(message),
    now: () => time,
    ...more,
  };
  const app = hookRoutes(hooks);
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const answer = await app.request(path, { method: "POST", body: text, headers });
    return { status: answer.status, text: await answer.text() };
  };
  return {
    opened,
    fetched,
    said,
    post,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

const firing = (stack: string | null, fingerprint = "f1", status = "firing") => ({
  version: "4",
  alerts: [
    {
      status,
      labels: { alertname: "DatabaseDown", ...(stack === null ? {} : { stack }) },
      annotations: { summary: "no\nconnections" },
      startsAt: "2026-11-27T11:59:00Z",
      fingerprint,
    },
  ],
});
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("alerts of Alertmanager", () => {
  it("open an incident on the stack that they name, with the alert in its reason", async () => {
    const { post, opened } = world();
    const { status, text } = await post("/alertmanager", firing("production"), bearer(TOKEN));
    assert.deepEqual([status, opened.map(({ stack }) => stack)], [202, ["production"]]);
    assert.match(text, /production: CHG-2026-11-27-001 was opened for the alert/);
    const [one] = opened;
    assert.ok(one);
    assert.equal(reasonOf(one.alert), "alert from alertmanager: no connections [f1/2026-11-27T11:59:00Z]");
  });

  it("give a reason without the password of a URL, even where the title is cut in it", () => {
    const title = `${"x".repeat(180)} redis://app:Pa55word-Pa55word-Pa55word@sessions`;
    const reason = reasonOf({ source: "sns", key: "f1", title, stack: null, alarm: null });
    assert.doesNotMatch(reason, /Pa55/);
    assert.match(reason, /redis:/);
  });

  it("take the address' stack where they name none, and open nothing where nobody does, or on a stack that isn't served", async () => {
    const { post, opened, said } = world();
    await post("/alertmanager?stack=staging", firing(null), bearer(TOKEN));
    await post("/alertmanager", firing(null), bearer(TOKEN));
    await post("/alertmanager?stack=production", firing("elsewhere"), bearer(TOKEN));
    assert.deepEqual(
      opened.map(({ stack }) => stack),
      ["staging"],
    );
    assert.equal(said.filter((line) => /names no stack of this service/.test(line)).length, 2);
  });

  it("are refused without the token, not understood where they are none, and nothing where they are resolved", async () => {
    const { post, opened } = world();
    assert.equal((await post("/alertmanager", firing("production"))).status, 403);
    assert.equal((await post("/alertmanager", firing("production"), bearer("another-token"))).status, 403);
    assert.equal((await post("/alertmanager", "{", bearer(TOKEN))).status, 400);
    assert.equal((await post("/alertmanager", { version: "3" }, bearer(TOKEN))).status, 400);
    assert.equal((await post("/alertmanager", "x".repeat(300_000), bearer(TOKEN))).status, 413);
    assert.equal((await post("/alertmanager", firing("production", "f1", "resolved"), bearer(TOKEN))).status, 202);
    assert.deepEqual(opened, []);
  });

  it("come as a flood, and one of them is handled for each stack in ten seconds", async () => {
    const { post, opened, pass } = world();
    const flood = Array.from({ length: 200 }, (_, n) =>
      post("/alertmanager", firing("production", `f${n}`), bearer(TOKEN)),
    );
    const answers = await Promise.all(flood);
    assert.ok(answers.every(({ status }) => status === 202));
    assert.equal(opened.length, 1);
    pass(10_000);
    await post("/alertmanager", firing("production"), bearer(TOKEN));
    assert.equal(opened.length, 2);
    pass(-3_600_000);
    await post("/alertmanager", firing("production"), bearer(TOKEN));
    assert.equal(opened.length, 3, "after the clock was set back");
  });

  it("are to be sent again where the stack can't be read", async () => {
    const away = new Refusal({ exit: EXIT.refused, problems: ["the store is away"] });
    let fails = true;
    const { post } = world({
      openIncident: async () => {
        if (fails) throw away;
        return { kind: "held", change: "CHG-2026-11-27-002" };
      },
    });
    assert.equal((await post("/alertmanager", firing("production"), bearer(TOKEN))).status, 503);
    fails = false;
    const { status, text } = await post("/alertmanager", firing("production"), bearer(TOKEN));
    assert.equal(status, 202);
    assert.match(text, /CHG-2026-11-27-002 is open on the stack/);
  });
});

describe("an alert for a stack that wasn't read yet", () => {
  it("is to be sent again where the stack can't be read, and is nothing where the service doesn't serve it", async () => {
    const place = newPlace("production", () => () => Promise.reject(badInput("production can't be read")));
    const said: string[] = [];
    const settings = { alertmanagerToken: TOKEN, pagerdutySecret: null, snsTopics: [] };
    const app = hookRoutes(hooksOf([place], { settings, log: ({ message }) => void said.push(message) }));
    const post = (body: object) =>
      app.request("/alertmanager", { method: "POST", body: JSON.stringify(body), headers: bearer(TOKEN) });
    assert.equal((await post(firing("production"))).status, 503);
    assert.match(said.join(), /production can't be read/);
    assert.equal((await post(firing("elsewhere"))).status, 202);
  });
});

describe("webhooks of PagerDuty", () => {
  const triggered = JSON.stringify({
    event: { event_type: "incident.triggered", data: { id: "PT4KHLK", title: "db" } },
  });
  const signed = (body: string, secret = SECRET) => ({
    "x-pagerduty-signature": `v1=${createHmac("sha256", "old").update(body).digest("hex")},v1=${createHmac("sha256", secret).update(body).digest("hex")}`,
  });

  it("open an incident on the address' stack, where one of their signatures is the secret's", async () => {
    const { post, opened } = world();
    assert.equal((await post("/pagerduty?stack=production", triggered, signed(triggered))).status, 202);
    assert.equal(opened[0]?.alert.key, "PT4KHLK");
  });

  it("are refused where the signature is another secret's, or of another body", async () => {
    const { post, opened } = world();
    assert.equal((await post("/pagerduty?stack=production", triggered)).status, 403);
    assert.equal((await post("/pagerduty?stack=production", triggered, signed(triggered, "forged"))).status, 403);
    assert.equal((await post("/pagerduty?stack=production", `${triggered} `, signed(triggered))).status, 403);
    assert.deepEqual(opened, []);
  });
});

async function certificateOf(key: KeyObject, publicKey: KeyObject): Promise<string> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const [own, other] = [
    await webcrypto.subtle.importKey("pkcs8", key.export({ format: "der", type: "pkcs8" }), algorithm, true, ["sign"]),
    await webcrypto.subtle.importKey("spki", publicKey.export({ format: "der", type: "spki" }), algorithm, true, [
      "verify",
    ]),
  ];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=sns.amazonaws.com",
    notBefore: new Date(NOW - 86_400_000),
    notAfter: new Date(NOW + 86_400_000),
    keys: { privateKey: own, publicKey: other },
    signingAlgorithm: algorithm,
  });
  return certificate.toString("pem");
}

describe("messages of SNS", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  let pem = "";
  before(async () => {
    pem = await certificateOf(privateKey, publicKey);
  });

  const alarm = { AlarmName: "app-production-redis", NewStateValue: "ALARM", StateChangeTime: "2026-11-27T11:59:00Z" };
  function signed(fields: object, version: "1" | "2" = "2") {
    const message = {
      Type: "Notification",
      MessageId: "m1",
      TopicArn: TOPIC,
      Subject: "ALARM",
      Message: JSON.stringify(alarm),
      Timestamp: "2026-11-27T11:59:30.000Z",
      SignatureVersion: version,
      SigningCertURL: CERTIFICATE,
      Signature: "",
      ...fields,
    };
    const signing = createSign(version === "1" ? "RSA-SHA1" : "RSA-SHA256").update(signedText(messageIn(message)));
    return { ...message, Signature: signing.sign(privateKey, "base64") };
  }
  const withCertificate = (more: Partial<Hooks> = {}) => {
    const fetched: string[] = [];
    const made = world({
      ...more,
      fetchText: async (url) => {
        fetched.push(url);
        return url === CERTIFICATE ? pem : "";
      },
    });
    return { ...made, fetched };
  };

  it("open an incident on the stack after which the alarm is named, by either version of the signature", async () => {
    for (const version of ["1", "2"] as const) {
      const { post, opened } = withCertificate();
      assert.equal((await post("/sns", signed({}, version))).status, 202);
      assert.deepEqual(
        opened.map(({ stack, alert }) => [stack, alert.key]),
        [["production", "app-production-redis/2026-11-27T11:59:00Z"]],
      );
    }
  });

  it("are to be sent again where the alarm may be of a stack whose settings weren't read yet", async () => {
    const served = [
      { stack: "staging", prefix: "app-staging" },
      { stack: "production", prefix: null },
    ];
    const { post, opened } = withCertificate({ served: () => served });
    assert.equal((await post("/sns", signed({}))).status, 503);
    assert.deepEqual(opened, []);
    const own = JSON.stringify({ ...alarm, AlarmName: "app-staging-redis" });
    assert.equal((await post("/sns", signed({ Message: own }))).status, 202);
    assert.equal((await post("/sns?stack=production", signed({}))).status, 202);
    assert.deepEqual(
      opened.map(({ stack }) => stack),
      ["staging", "production"],
    );
  });

  it("are nothing where the alarm is over, or it is no alarm", async () => {
    const { post, opened } = withCertificate();
    await post("/sns", signed({ Message: JSON.stringify({ ...alarm, NewStateValue: "OK" }) }));
    await post("/sns", signed({ Message: "hello" }));
    assert.deepEqual(opened, []);
  });

  it("confirm a subscription at SNS' own address alone", async () => {
    const { post, fetched } = withCertificate();
    const confirmation = { Type: "SubscriptionConfirmation", Token: "t", Subject: undefined };
    const own = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription";
    assert.equal((await post("/sns", signed({ ...confirmation, SubscribeURL: own }))).status, 202);
    assert.deepEqual(fetched, [CERTIFICATE, own]);
    const foreign = await post("/sns", signed({ ...confirmation, SubscribeURL: "https://evil.example.com/" }));
    assert.equal(foreign.status, 403);
    assert.ok(!fetched.includes("https://evil.example.com/"));
  });

  it("are refused where anything of them is forged, and nothing but SNS' certificate is fetched", async () => {
    const good = signed({});
    const wrong = [
      { ...good, Message: JSON.stringify({ ...alarm, AlarmName: "app-staging-redis" }) },
      { ...good, Signature: Buffer.from("forged").toString("base64") },
      signed({ TopicArn: "arn:aws:sns:eu-west-1:999999999999:alarms" }),
      signed({ Timestamp: "2026-11-27T10:00:00.000Z" }),
      signed({ SigningCertURL: "https://sns.eu-west-1.amazonaws.com.evil.example.com/x.pem" }),
      signed({ SigningCertURL: "http://sns.eu-west-1.amazonaws.com/x.pem" }),
      signed({ SigningCertURL: "https://sns.us-east-1.amazonaws.com/x.pem" }),
      signed({ SigningCertURL: "https://sns.eu-west-1.amazonaws.com@evil.example.com/x.pem" }),
    ];
    const { post, opened, fetched } = withCertificate();
    for (const message of wrong) assert.equal((await post("/sns", message)).status, 403, JSON.stringify(message));
    assert.deepEqual(opened, []);
    assert.deepEqual([...new Set(fetched)], [CERTIFICATE]);
  });
});

describe("hooks whose secret isn't set", () => {
  it("aren't there", async () => {
    const { post } = world({ settings: hookSettingsIn({}) });
    for (const path of ["/alertmanager", "/pagerduty", "/sns"]) assert.equal((await post(path, {})).status, 404, path);
  });

  it("are set by the environment, which is refused with every problem and no secret", () => {
    const env = {
      RUNBOOKS_HOOK_ALERTMANAGER_TOKEN: "short-token",
      RUNBOOKS_HOOK_PAGERDUTY_SECRET: SECRET,
      RUNBOOKS_HOOK_SNS_TOPICS: `${TOPIC}, alarms`,
    };
    assert.throws(
      () => hookSettingsIn(env),
      (error) => {
        assert.ok(error instanceof Refusal);
        assert.equal(error.problems.length, 2);
        assert.doesNotMatch(error.message, /short-token/);
        return true;
      },
    );
    const { snsTopics } = hookSettingsIn({
      ...env,
      RUNBOOKS_HOOK_ALERTMANAGER_TOKEN: TOKEN,
      RUNBOOKS_HOOK_SNS_TOPICS: TOPIC,
    });
    assert.deepEqual(snsTopics, [TOPIC]);
  });

  it("name a stack by the longest name that an alarm begins with", () => {
    const served = [
      { stack: "one", prefix: "app" },
      { stack: "two", prefix: "app-production" },
    ];
    const alert: Alert = { source: "sns", key: "k", title: "t", stack: null, alarm: "app-production-redis" };
    assert.equal(stackOf(alert, null, served), "two");
    assert.equal(stackOf({ ...alert, alarm: "application-x" }, null, served), null);
  });
});
