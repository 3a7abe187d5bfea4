import assert from "node:assert/strict";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { type Channel, type ChannelName, failureOf } from "../../infra/notify/channel.ts";
import { deliver } from "../../infra/notify/deliver.ts";
import { githubChannel, marker } from "../../infra/notify/github.ts";
import { dedupKey, pagerdutyChannel } from "../../infra/notify/pagerduty.ts";
import { retryAfterOf } from "../../infra/notify/post.ts";
import { slackChannel } from "../../infra/notify/slack.ts";
import { snsChannel } from "../../infra/notify/sns.ts";
import { webhookChannel } from "../../infra/notify/webhook.ts";
import { type Address, startBlackHole, startSilent } from "./black-hole.ts";
import { message } from "./message.ts";
import { accepted, type Behaviour, type Receiver, startReceiver } from "./receiver.ts";

/** Every channel, at the given address. */
const CHANNELS: Record<ChannelName | "sns fifo", (url: string) => Channel> = {
  webhook: (url) => webhookChannel({ url: `${url}/webhook`, token: null }),
  slack: (url) => slackChannel(`${url}/slack`),
  pagerduty: (url) => pagerdutyChannel({ url: `${url}/pagerduty`, severity: "critical", routingKey: "k" }),
  github: (url) => githubChannel({ api: `${url}/github`, repository: "example/app", labels: [], token: "t" }),
  sns: (url) => snsChannel({ topicArn: "arn:aws:sns:eu-west-1:123456789012:changes", endpoint: `${url}/sns` }),
  "sns fifo": (url) =>
    snsChannel({ topicArn: "arn:aws:sns:eu-west-1:123456789012:changes.fifo", endpoint: `${url}/sns` }),
};
const KEYLESS = new Set(["webhook", "slack", "sns"]);

/** Milliseconds that the machine may take beyond a channel's limit before that counts as a delay. */
const LATE = 2_000;

async function timed<T>(act: Promise<T>): Promise<{ result: T; took: number }> {
  const began = performance.now();
  const result = await act;
  return { result, took: performance.now() - began };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address !== "string");
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

const refusing = (status: number, headers: Record<string, string>, times: number): Behaviour => {
  return (got, response, nth) => {
    if (nth <= times) response.writeHead(status, headers).end("not now");
    else accepted(got, response);
  };
};

/** Does the same with every channel side by side, each with a receiver of its own. */
async function withEach(
  behave: (name: string) => Behaviour,
  check: (name: string, channel: Channel, receiver: Receiver) => Promise<void>,
): Promise<void> {
  const one = async ([name, channelAt]: [string, (url: string) => Channel]) => {
    const receiver = await startReceiver(behave(name));
    try {
      await check(name, channelAt(receiver.url), receiver);
    } finally {
      await receiver.close();
    }
  };
  await Promise.all(Object.entries(CHANNELS).map(one));
}

const tell = (channel: Channel, within: number) => timed(deliver(channel, message, { within, attempt: "first" }));

describe("every channel", function () {
  this.timeout(60_000);

  it("sends once what is taken", () =>
    withEach(
      () => accepted,
      async (name, channel, receiver) => {
        const { result } = await tell(channel, 20_000);
        assert.deepEqual([result.delivered, result.tries, receiver.posts().length], ["yes", 1, 1], name);
      },
    ));

  it("whose receiver is down is given up within its limit, and says so", async () => {
    const port = await freePort();
    for (const [name, channelAt] of Object.entries(CHANNELS)) {
      const { result, took } = await tell(channelAt(`http://127.0.0.1:${port}`), 500);
      assert.equal(result.delivered, "no", name);
      assert.match(result.detail, /can't be reached \(ECONNREFUSED\)/, name);
      assert.ok(result.tries > 1, `${name} was tried again`);
      assert.ok(took < 500 + LATE, `${name} took ${took} ms`);
    }
  });

  for (const { what, start, scheme } of [
    { what: "packets are dropped", start: startBlackHole, scheme: "http" },
    { what: "TLS handshake never ends", start: startSilent, scheme: "https" },
  ]) {
    it(`whose ${what} is known not to have been told, and is tried again within its limit`, async () => {
      const { port, close } = await start();
      const one = async ([name, channelAt]: [string, (url: string) => Channel]) => {
        const { result, took } = await tell(channelAt(`${scheme}://127.0.0.1:${port}`), 5_000);
        assert.equal(result.delivered, "no", `${name}: ${result.detail}`);
        assert.match(result.detail, /can't be reached \(no connection in time\)/, name);
        assert.ok(result.tries > 1, `${name} was tried again`);
        assert.ok(took < 5_000 + LATE, `${name} took ${took} ms`);
      };
      try {
        await Promise.all(Object.entries(CHANNELS).map(one));
      } finally {
        await close();
      }
    });
  }

  it("whose receiver is slow waits for its limit at most, and sends nothing twice that the receiver wouldn't know", () =>
    withEach(
      () => () => undefined,
      async (name, channel, receiver) => {
        const { result, took } = await tell(channel, 1_000);
        assert.equal(result.delivered, "unknown", name);
        assert.match(result.detail, /gave no answer in time/, name);
        assert.ok(took < 1_000 + LATE, `${name} took ${took} ms`);
        assert.ok(receiver.posts().length <= (KEYLESS.has(name) ? 1 : 4), name);
      },
    ));

  it("whose receiver answers 500 is tried again until it is taken, once", () => {
    const refused: Record<string, number> = {};
    const behave =
      (name: string): Behaviour =>
      (got, response, nth) => {
        if (nth > 2) return accepted(got, response);
        if (got.method === "POST") refused[name] = (refused[name] ?? 0) + 1;
        return response.writeHead(500).end("not now");
      };
    return withEach(behave, async (name, channel, receiver) => {
      const { result } = await tell(channel, 30_000);
      assert.equal(result.delivered, "yes", name);
      assert.equal(receiver.posts().length - (refused[name] ?? 0), 1, name);
    });
  });

  it("whose receiver answers 429 waits for as long as it asks", () =>
    withEach(
      () => refusing(429, { "retry-after": "1" }, 1),
      async (name, channel, { got }) => {
        const { result } = await tell(channel, 30_000);
        assert.equal(result.delivered, "yes", name);
        const [first, second] = got;
        assert.ok(first !== undefined && second !== undefined);
        assert.ok(second.at - first.at >= 990, `${name}: ${second.at - first.at} ms apart`);
      },
    ));

  it("whose receiver answers 400 is not tried again", () =>
    withEach(
      () => refusing(400, {}, 99),
      async (name, channel, { got }) => {
        const { result } = await tell(channel, 20_000);
        assert.deepEqual([result.delivered, result.tries, got.length], ["no", 1, 1], name);
        assert.match(result.detail, /^answered 400/, name);
      },
    ));

  it("told again after a runner died sends only where the receiver knows keys", () =>
    withEach(
      () => accepted,
      async (name, channel, receiver) => {
        const again = await deliver(channel, message, { within: 20_000, attempt: "again" });
        assert.equal(again.delivered, KEYLESS.has(name) ? "unknown" : "yes", name);
        assert.equal(receiver.posts().length, KEYLESS.has(name) ? 0 : 1, name);
      },
    ));
});

describe("SNS with credentials that are fetched", function () {
  this.timeout(60_000);
  const before = { ...process.env };
  let hole: Address;
  beforeEach(async () => {
    hole = await startBlackHole();
    for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
    Object.assign(process.env, {
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/runner",
      AWS_WEB_IDENTITY_TOKEN_FILE: fileURLToPath(import.meta.url),
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    });
  });
  afterEach(async () => {
    for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
    Object.assign(process.env, before);
    await hole.close();
  });

  const topicArn = "arn:aws:sns:eu-west-1:123456789012:changes";
  const at = (port: number) => `http://127.0.0.1:${port}`;

  it("is given up within its limit where they can't be, and has told nobody", async () => {
    process.env.AWS_ENDPOINT_URL_STS = at(hole.port);
    const { result, took } = await tell(snsChannel({ topicArn, endpoint: null }), 5_000);
    assert.equal(result.delivered, "no", result.detail);
    assert.ok(took < 5_000 + LATE, `${took} ms`);
  });

  it("is known not to have told anybody where they are, and SNS itself can't be reached", async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const issued = `<AccessKeyId>k</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${until}</Expiration>`;
    const answer = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>${issued}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
    const sts = await startReceiver((_, response) =>
      response.writeHead(200, { "content-type": "text/xml" }).end(answer),
    );
    process.env.AWS_ENDPOINT_URL_STS = sts.url;
    process.env.AWS_ENDPOINT_URL_SNS = at(hole.port);
    const { result } = await tell(snsChannel({ topicArn, endpoint: null }), 5_000);
    await sts.close();
    assert.ok(sts.got.length > 0, "the credentials were fetched");
    assert.equal(result.delivered, "no", result.detail);
    assert.match(result.detail, /can't be reached \(no connection in time\)/);
    assert.ok(result.tries > 1, "it was tried again");
  });
});

describe("a channel that asks to wait beyond its limit", () => {
  it("is given up at once", async () => {
    const receiver = await startReceiver(refusing(429, { "retry-after": "3600" }, 99));
    const channel = slackChannel(receiver.url);
    const { result, took } = await timed(deliver(channel, message, { within: 5_000, attempt: "first" }));
    await receiver.close();
    assert.ok(took < 2_500, `${took} ms`);
    assert.match(result.detail, /answered 429: not now, and asks to wait 3600 s, which is beyond the limit/);
    assert.equal(receiver.got.length, 1);
  });
});

describe("an issue whose opening got no answer", () => {
  it("is found by its key, not opened a second time", async () => {
    const opened: { html_url: string; body: string }[] = [];
    const receiver = await startReceiver(({ method, body }, response) => {
      if (method === "GET") return response.writeHead(200).end(JSON.stringify(opened));
      opened.push({ html_url: "https://github.example/issues/1", body: JSON.parse(body).body });
      return response.destroy();
    });
    const channel = CHANNELS.github?.(receiver.url) ?? assert.fail();
    const result = await deliver(channel, message, { within: 20_000, attempt: "first" });
    await receiver.close();
    assert.deepEqual([result.delivered, result.detail], ["yes", "https://github.example/issues/1"]);
    assert.equal(opened.length, 1);
    assert.ok(opened[0]?.body.includes(marker(message.key)));
  });
});

describe("PagerDuty's key", () => {
  it("is the same for the same message, fits, and differs where the message does", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 600 }), fc.string({ maxLength: 600 }), (one, other) => {
        assert.ok(dedupKey(one).length <= 255);
        assert.equal(dedupKey(one) === dedupKey(other), one === other);
      }),
    );
    const long = "x".repeat(300);
    assert.notEqual(dedupKey(`${long}1`), dedupKey(`${long}2`));
  });
});

describe("what an answer says", () => {
  it("about the message", () => {
    const said = [400, 401, 404, 408, 425, 429, 500, 502, 503, 504].map(failureOf);
    const expected = "refused refused refused unknown busy busy busy unknown busy unknown".split(" ");
    assert.deepEqual(said, expected);
  });

  it("about when to come again: in seconds or as a date", () => {
    const now = Date.parse("2026-11-22T12:00:00Z");
    assert.equal(retryAfterOf("3", now), 3_000);
    assert.equal(retryAfterOf("Sun, 22 Nov 2026 12:00:05 GMT", now), 5_000);
    assert.equal(retryAfterOf("Sun, 22 Nov 2026 11:00:05 GMT", now), 0);
    assert.equal(retryAfterOf("soon", now), null);
    assert.equal(retryAfterOf(undefined, now), null);
  });
});
