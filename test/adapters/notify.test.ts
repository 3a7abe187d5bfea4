import assert from "node:assert/strict";
import { createServer } from "node:http";
import { announceTo, plannedPosts } from "../../infra/adapters/notify.ts";
import type { Incident } from "../../infra/changes/incident.ts";
import { ticketOf } from "../../infra/changes/ticket.ts";

const incident: Incident = {
  change: "CHG-2026-11-22-001",
  runbook: "promote",
  stack: "production",
  onCall: "Ada",
  startedBy: "ci",
  reason: "a gate failed at <25 %>",
  left: { version: "2026.11.24-1", id: "r2" },
  serving: { version: "2026.11.23-1", id: "r1" },
  scope: {
    since: "2026-11-22T12:00:00.000Z",
    until: "2026-11-22T12:05:00.000Z",
    largestShare: 25,
    requests: 400,
    errors: 31,
  },
  evidence: [{ at: "2026-11-22T12:04:00.000Z", step: "canary-25", gate: "error-rate", summary: "31 of 400 failed" }],
  timeline: [{ at: "2026-11-22T12:00:00.000Z", text: "25 % of the traffic" }],
};
const ticket = ticketOf(incident);
const all = {
  webhook: { url: "https://status.example.com/hook" },
  slack: {},
  github: { repository: "example/app", labels: ["corrective-action"] },
  pagerduty: { severity: "critical" },
} as const;
const notify = { ...all, github: { ...all.github, labels: [...all.github.labels] } };

describe("a corrective-action ticket", () => {
  it("has scope, evidence and timeline, and leaves root cause and prevention to people", () => {
    assert.match(ticket.body, /- scope: 2026\.11\.24-1 had up to 25 % of the traffic for 5m; 31 of its 400/);
    assert.match(ticket.body, /error-rate at canary-25: 31 of 400 failed/);
    assert.match(ticket.body, /## Root cause\n\n\n## Prevention\n\n\| action \| owner \| due \|/);
    assert.match(ticket.body, /## Timeline \(UTC\)\n\n- 2026-11-22T12:00:00\.000Z 25 % of the traffic/);
  });
});

describe("an announcement", () => {
  it("goes to every channel of the settings, each in its own form", () => {
    const env = {
      RUNBOOKS_SLACK_WEBHOOK: "https://hooks.example.com/T1",
      GITHUB_TOKEN: "t",
      RUNBOOKS_PAGERDUTY_KEY: "k",
    };
    const posts = plannedPosts(notify, incident, ticket, env).flatMap((one) => ("post" in one ? [one.post] : []));
    assert.deepEqual(
      posts.map(({ url }) => url),
      [
        "https://status.example.com/hook",
        "https://hooks.example.com/T1",
        "https://events.pagerduty.com/v2/enqueue",
        "https://api.github.com/repos/example/app/issues",
      ],
    );
    const [, slack, pagerduty, github] = posts.map(({ body }) => JSON.stringify(body));
    assert.match(slack ?? "", /a gate failed at &lt;25 %&gt;/);
    assert.match(pagerduty ?? "", /"dedup_key":"production\/CHG-2026-11-22-001".*"severity":"critical"/);
    assert.match(github ?? "", /"labels":\["corrective-action"\]/);
    assert.equal(posts[3]?.headers.authorization, "Bearer t");
  });

  it("says which variable is missing, and sends no credential to the inbox", () => {
    const missing = plannedPosts(notify, incident, ticket, {}).flatMap((one) =>
      "missing" in one ? [one.missing] : [],
    );
    assert.deepEqual(missing, ["RUNBOOKS_SLACK_WEBHOOK", "RUNBOOKS_PAGERDUTY_KEY", "GITHUB_TOKEN"]);
    const env = { RUNBOOKS_NOTIFY_URL: "http://127.0.0.1:1", GITHUB_TOKEN: "hidden", RUNBOOKS_PAGERDUTY_KEY: "hidden" };
    const posts = plannedPosts(notify, incident, ticket, env);
    assert.equal(posts.length, 4);
    assert.doesNotMatch(JSON.stringify(posts), /hidden|example\.com\/hook|api\.github/);
  });

  it("reaches the others where one refuses", async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(request.url ?? "");
      response.writeHead(request.url === "/slack" ? 500 : 202).end("said so");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address !== "string");
    const env = { RUNBOOKS_NOTIFY_URL: `http://127.0.0.1:${address.port}` };
    const deliveries = await announceTo(notify, incident, ticket, env);
    server.close();
    server.closeAllConnections();
    assert.deepEqual(
      deliveries.map(({ channel, delivered }) => [channel, delivered]),
      [
        ["webhook", "yes"],
        ["slack", "no"],
        ["pagerduty", "yes"],
        ["github", "yes"],
      ],
    );
    assert.match(deliveries[1]?.detail ?? "", /answered 500: said so/);
    assert.equal(seen.length, 4);
  });
});
