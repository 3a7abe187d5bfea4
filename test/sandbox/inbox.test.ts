import assert from "node:assert/strict";
import { announceTo } from "../../infra/notify/index.ts";
import { startInbox } from "../../sandbox/cloud/services/inbox.ts";
import { message } from "../notify/message.ts";

describe("the sandbox's inbox", () => {
  it("takes every channel as its receiver does, and an issue once", async () => {
    const inbox = await startInbox();
    const notify = {
      within: 10_000,
      webhook: { url: "https://status.example.com/hook" },
      slack: {},
      pagerduty: { severity: "critical" as const },
      github: { repository: "example/app", labels: [] },
      sns: { topicArn: "arn:aws:sns:eu-west-1:123456789012:changes" },
    };
    const telling = { secrets: {}, env: { RUNBOOKS_NOTIFY_URL: inbox.service.url } };
    const first = await announceTo(notify, message, { ...telling, attempt: "first" });
    const again = await announceTo(notify, message, { ...telling, attempt: "again" });
    await inbox.service.close();
    assert.deepEqual(
      first.map(({ delivered }) => delivered),
      ["yes", "yes", "yes", "yes", "yes"],
    );
    const channels = inbox.messages().map(({ channel }) => channel);
    assert.deepEqual(channels.sort(), ["github", "pagerduty", "pagerduty", "slack", "sns", "webhook"]);
    assert.ok(inbox.messages().every(({ headline }) => headline !== ""));
    const issue = (deliveries: typeof first) => deliveries.find(({ channel }) => channel === "github")?.detail;
    assert.equal(issue(again), issue(first));
  });
});
