import assert from "node:assert/strict";
import type { Message } from "../../infra/notify/channel.ts";
import { announceTo, credentialsOf, plannedChannels } from "../../infra/notify/index.ts";
import { createRedactor } from "../../infra/records/redaction/redact.ts";
import { message, ticket } from "./message.ts";
import { accepted, type Receiver, startReceiver } from "./receiver.ts";

const notify = {
  within: 3_000,
  webhook: { url: "https://status.example.com/hook" },
  slack: {},
  pagerduty: { severity: "critical" as const },
  github: { repository: "example/app", labels: ["corrective-action"] },
  sns: { topicArn: "arn:aws:sns:eu-west-1:123456789012:changes" },
};

describe("a corrective-action ticket", () => {
  it("has scope, evidence and timeline, and leaves root cause and prevention to people", () => {
    assert.match(ticket.body, /- scope: 2026\.11\.24-1 had up to 25 % of the traffic for 5m; 31 of its 400/);
    assert.match(ticket.body, /error-rate at canary-25: 31 of 400 failed/);
    assert.match(ticket.body, /## Root cause\n\n\n## Prevention\n\n\| action \| owner \| due \|/);
    assert.match(ticket.body, /## Timeline \(UTC\)\n\n- 2026-11-22T12:00:00\.000Z 25 % of the traffic/);
  });
});

describe("an announcement", () => {
  let receiver: Receiver;
  afterEach(() => receiver.close());
  const telling = (env: Record<string, string>, secrets = {}) => ({ attempt: "first" as const, secrets, env });

  it("goes to every channel of the settings, each in its own form, and the inbox gets no credential", async () => {
    receiver = await startReceiver(accepted);
    const hidden = {
      slackWebhook: "https://hidden.example/1",
      pagerdutyKey: "hidden-key",
      githubToken: "hidden-token",
    };
    const deliveries = await announceTo(notify, message, telling({ RUNBOOKS_NOTIFY_URL: receiver.url }, hidden));
    assert.deepEqual(
      deliveries.map(({ channel, delivered, tries }) => [channel, delivered, tries]),
      [
        ["webhook", "yes", 1],
        ["slack", "yes", 1],
        ["pagerduty", "yes", 1],
        ["github", "yes", 1],
        ["sns", "yes", 1],
      ],
    );
    const of = (path: string) => receiver.posts().find((got) => got.path.startsWith(path)) ?? assert.fail(path);
    assert.equal(of("/webhook").headers["idempotency-key"], "production/CHG-2026-11-22-001");
    assert.match(of("/webhook").body, /"type":"rollback".*"largestShare":25/);
    assert.match(of("/slack").body, /a gate failed at &lt;25 %&gt;/);
    assert.match(of("/pagerduty").body, /"dedup_key":"production\/CHG-2026-11-22-001".*"severity":"critical"/);
    assert.equal(of("/github").path, "/github/repos/example/app/issues");
    assert.match(of("/github").body, /"labels":\["corrective-action"\]/);
    assert.match(
      decodeURIComponent(of("/sns").body),
      /TopicArn=arn:aws:sns:.*all\+traffic\+is\+back|all traffic is back/,
    );
    assert.doesNotMatch(JSON.stringify(receiver.got), /hidden|status\.example/);
  });

  it("says what a channel lacks", async () => {
    receiver = await startReceiver(accepted);
    const planned = await plannedChannels(notify, credentialsOf({}, {}), null);
    assert.deepEqual(
      planned.flatMap((one) => ("missing" in one ? [one.missing] : [])),
      [
        "set the secret production-runbooks:slackWebhook or the variable RUNBOOKS_SLACK_WEBHOOK",
        "set the secret production-runbooks:pagerdutyKey or the variable RUNBOOKS_PAGERDUTY_KEY",
        "set the secret production-runbooks:githubToken or the variable GITHUB_TOKEN",
      ],
    );
  });

  it("takes the environment's credential before the stack's", () => {
    const secrets = { githubToken: "of-the-stack", webhookToken: "of-the-stack" };
    const credentials = credentialsOf(secrets, { GITHUB_TOKEN: "of-the-job" });
    assert.equal(credentials.githubToken, "of-the-job");
    assert.equal(credentials.webhookToken, "of-the-stack");
  });

  it("reaches the others where one refuses, and quotes no credential that a receiver echoes", async () => {
    let slackWebhook = "";
    receiver = await startReceiver((got, response) => {
      if (got.path === "/slack-T0KEN") response.writeHead(403).end(`no such hook: ${slackWebhook}`);
      else accepted(got, response);
    });
    const { slack } = notify;
    const here = { within: 3_000, slack, pagerduty: { ...notify.pagerduty, url: receiver.url } };
    slackWebhook = `${receiver.url}/slack-T0KEN`;
    const secrets = { slackWebhook, pagerdutyKey: "routing-key" };
    const echoing = await announceTo(here, message, telling({}, secrets));
    assert.deepEqual(
      echoing.map(({ channel, delivered, tries }) => [channel, delivered, tries]),
      [
        ["slack", "no", 1],
        ["pagerduty", "yes", 1],
      ],
    );
    assert.match(echoing[0]?.detail ?? "", /^answered 403: no such hook: «redacted»/);
  });

  it("quotes no beginning of a credential that stands where an answer is cut", async () => {
    let slackWebhook = "";
    const before = `no such hook${" at all".repeat(30)}`.slice(0, 190);
    receiver = await startReceiver((_got, response) => response.writeHead(403).end(`${before} ${slackWebhook}`));
    slackWebhook = `${receiver.url}/slack-T0KEN`;
    const secrets = { slackWebhook };
    const [echoing] = await announceTo({ within: 3_000, slack: {} }, message, telling({}, secrets));
    assert.doesNotMatch(echoing?.detail ?? "", /http/);
  });

  it("goes to no channel with a secret, of the settings or of the stack, in any of its texts", async () => {
    receiver = await startReceiver(accepted);
    const [set, minted] = ["of-the-settings-0123", "minted-by-the-stack-4567"];
    const leaking: Message = {
      ...message,
      headline: `${message.headline} ${set}`,
      lines: [`${minted} was refused`, "amqp://worker:nobodyKnows1@queue is gone"],
      details: { evidence: [{ summary: `${set} and ${minted}` }] },
      ticket: { title: `${ticket.title} ${minted}`, body: `${ticket.body} ${set}` },
    };
    const secrets = { githubToken: "hidden-token", databaseUrl: `postgres://app:${set}@db.example.com/app` };
    const env = { RUNBOOKS_NOTIFY_URL: receiver.url };
    const how = { ...telling(env, secrets), redactor: createRedactor([minted]) };
    assert.equal((await announceTo(notify, leaking, how)).length, 5);
    const sent = receiver.got.map(({ body }) => body).join("\n");
    assert.doesNotMatch(sent, /of-the-settings|minted-by|nobodyKnows/);
    assert.match(sent, /«redacted» was refused/);
    assert.match(sent, /"key":"production\/CHG-2026-11-22-001"/);
  });
});
