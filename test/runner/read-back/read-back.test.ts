import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { HttpRoute, Pod } from "../../../infra/clients/kubernetes.ts";
import { headersIn, keyedHeader } from "../../../infra/domain/release-header.ts";
import { initialState } from "../../../infra/domain/releases.ts";
import { badInput } from "../../../infra/errors.ts";
import { newRecorder, type OwnRecorder } from "../../../infra/metrics/own-requests.ts";
import { type ReadBackOptions, readBack } from "../../../infra/runner/read-back/index.ts";
import { RUNNING_POD } from "../../fixtures/pod.ts";

const IMAGE = `app@sha256:${"a".repeat(64)}`;
const STATE = initialState({
  manifest: {
    version: "1",
    image: IMAGE,
    commit: "4f8cd63",
    database: { migrate: { up: ["up"], down: ["down"] }, backup: { create: ["b"], restore: ["r"] } },
    migrations: [],
  },
  configuration: {},
  scale: { min: 1, max: 2 },
  onCall: "ada",
  createdOn: "2026-11-22",
});
const ID = STATE.releases[0]?.id ?? assert.fail();

const POD: Pod = {
  ...RUNNING_POD,
  name: "p",
  release: ID,
  image: IMAGE,
};

function routeSeen(observedGeneration: number): HttpRoute {
  const condition = (type: string) => ({ type, status: "True", reason: "", message: "", observedGeneration });
  return {
    generation: 3,
    parents: [{ gateway: "public", listener: null, conditions: [condition("Accepted"), condition("ResolvedRefs")] }],
    rules: [{ release: null, header: null, backends: [{ service: `app-${ID}`, weight: 100 }] }],
  };
}

describe("reading back", () => {
  let server: Server;
  let hosts: Set<string>;
  let answeredBy: string;
  let named: number;
  let recorder: OwnRecorder;
  let options: ReadBackOptions;

  beforeEach(async () => {
    recorder = newRecorder();
    hosts = new Set();
    answeredBy = ID;
    named = 0;
    server = createServer((request, response) => {
      hosts.add(`${request.headers.host}${request.url}`);
      if (request.headers["x-runbooks-release"] === ID) named += 1;
      response.setHeader("x-runbooks-release", answeredBy).end("{}");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    options = {
      kubernetes: { httpRoute: async () => routeSeen(3), pods: async () => [POD] },
      settings: { application: { name: "app" }, cluster: { namespace: "app-staging" } },
      state: STATE,
      target: {
        baseUrl: `http://127.0.0.1:${address.port}`,
        hostname: "staging.app.example.com",
        release: ID,
        stable: null,
        headers: headersIn([]),
        healthPath: "/api/health",
        readyPath: "/api/health/ready",
        user: "",
        password: "",
        meter: recorder,
      },
      timeout: 0,
      signal: new AbortController().signal,
    };
  });
  afterEach(async () => {
    server.close();
    await once(server, "close");
  });

  it("passes with a sample of plain requests to the stage's host name", async () => {
    const { answer, evidence } = await readBack(options);
    assert.equal(answer, "pass");
    assert.deepEqual(evidence.sample, { releases: { [ID]: 200 }, unlabelled: 0, failed: 0 });
    assert.deepEqual([...hosts], ["staging.app.example.com/api/health"]);
  });

  it("looks again until the Gateway has seen the route", async () => {
    let looks = 0;
    const httpRoute = async () => routeSeen(looks++ < 2 ? 2 : 3);
    const kubernetes = { ...options.kubernetes, httpRoute };
    assert.equal((await readBack({ ...options, kubernetes, timeout: 5_000 })).answer, "pass");
    assert.equal(looks, 3);
  });

  it("fails at its deadline where another release answers", async () => {
    answeredBy = "r000000000";
    const { answer, summary } = await readBack({ ...options, timeout: 300 });
    assert.equal(answer, "fail");
    assert.match(summary, /requests that name r\w+ are still answered by r000000000/);
  });

  it("looks again, without a plain request, while a request that names the release is answered by another", async () => {
    answeredBy = "r000000000";
    const reading = readBack({ ...options, timeout: 20_000 });
    while (named < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    answeredBy = ID;
    const { answer, evidence } = await reading;
    assert.equal(answer, "pass");
    assert.deepEqual(evidence.sample, { releases: { [ID]: 200 }, unlabelled: 0, failed: 0 });
    assert.deepEqual(evidence.named, [ID]);
  });

  describe("where only the stack's key names a release", () => {
    const rule = (release: string | null, header: string | null, weight = 100) => ({
      release,
      header,
      backends: [{ service: `app-${ID}`, weight }],
    });
    const keyedRoute = (byWeight = 100): HttpRoute => ({
      ...routeSeen(3),
      rules: [rule(ID, keyedHeader(ID, "key"), 1), rule(null, keyedHeader(null, "key"), byWeight), rule(null, null)],
    });
    const reading = (route: HttpRoute) =>
      readBack({ ...options, kubernetes: { ...options.kubernetes, httpRoute: async () => route } });
    let sent: Map<string | undefined, number>;

    beforeEach(() => {
      sent = new Map();
      server.removeAllListeners("request");
      server.on("request", (request, response) => {
        const asked = request.headers["x-runbooks-release"]?.toString();
        sent.set(asked, (sent.get(asked) ?? 0) + 1);
        if ([keyedHeader(ID, "key"), keyedHeader(null, "key")].includes(asked ?? "")) {
          response.setHeader("x-runbooks-release", answeredBy);
        }
        response.end("{}");
      });
    });

    it("proves the weights on answers to requests that carry it, and knows who has counted each", async () => {
      const { answer, evidence } = await reading(keyedRoute());
      assert.equal(answer, "pass");
      assert.deepEqual(
        sent,
        new Map([
          [keyedHeader(ID, "key"), 5],
          [keyedHeader(null, "key"), 200],
        ]),
      );
      const burst = recorder.take();
      assert.deepEqual([burst?.releases, burst?.unclear], [{ [ID]: { requests: 205, errors: 0 } }, 0]);
      assert.doesNotMatch(JSON.stringify(evidence), /[0-9a-f]{64}/);
    });

    it("fails where another release answers, and tells no value", async () => {
      answeredBy = "r000000000";
      const verdict = await reading(keyedRoute());
      assert.equal(verdict.answer, "fail");
      assert.match(verdict.summary, /requests that name r\w+ are still answered by r000000000/);
      assert.doesNotMatch(JSON.stringify(verdict), /[0-9a-f]{64}/);
    });

    it("fails where the rule that is measured shares out otherwise than users' does", async () => {
      assert.match((await reading(keyedRoute(40))).summary, new RegExp(`gives app-${ID} 40 %, not 100 %`));
      assert.equal(sent.size, 0);
    });

    it("fails while the Gateway routes by older rules, whose answers name nobody", async () => {
      const newer = keyedRoute().rules.map(({ header, ...rest }) => ({
        ...rest,
        header: header?.replace(/^(.*)\..*$/, `$1.${"0".repeat(64)}`) ?? null,
      }));
      const { answer, summary } = await reading({ ...keyedRoute(), rules: newer });
      assert.equal(answer, "fail");
      assert.match(summary, /5 requests that name r\w+ got no answer that says who gave it/);
    });
  });

  it("notes every request that it sends", async () => {
    await readBack(options);
    const burst = recorder.take();
    assert.deepEqual(burst?.releases, { [ID]: { requests: 205, errors: 0 } });
    assert.deepEqual(burst?.probes, burst?.releases);
  });

  it("sends no requests while the cluster doesn't agree", async () => {
    const kubernetes = { ...options.kubernetes, pods: async () => [] };
    assert.match((await readBack({ ...options, kubernetes })).summary, /0 of at least 1 pods/);
    assert.equal(hosts.size, 0);
  });

  it("holds where the cluster can't be read", async () => {
    const kubernetes = { ...options.kubernetes, pods: () => Promise.reject(badInput("the cluster can't be read")) };
    const { answer, summary } = await readBack({ ...options, kubernetes });
    assert.deepEqual([answer, summary], ["hold", "the cluster can't be read"]);
  });

  it("asks for as many ready pods as the traffic needs while a change is open", async () => {
    const [release] = STATE.releases;
    assert.ok(release);
    const scale = { min: 1, max: 6 };
    const state = { floors: { [release.id]: 4 }, releases: [{ ...release, scale }] };
    assert.match((await readBack({ ...options, state })).summary, new RegExp(`of at least 4 pods of ${release.id}`));
  });

  it("asks for the pods of a release without weight only where it is told to", async () => {
    const [release] = STATE.releases;
    assert.ok(release);
    const state = { floors: {}, releases: [release, { ...release, id: "r111111111", weight: 0 }] };
    assert.equal((await readBack({ ...options, state })).answer, "pass");
    assert.match(
      (await readBack({ ...options, state, warm: ["r111111111"] })).summary,
      /0 of at least 1 pods of r111111111/,
    );
  });

  it("leaves at once when it is told to", async () => {
    const controller = new AbortController();
    const kubernetes = { ...options.kubernetes, pods: async () => [] };
    const reading = readBack({ ...options, kubernetes, timeout: 60_000, signal: controller.signal });
    controller.abort(new Error("told to leave"));
    await assert.rejects(reading, /told to leave|aborted/);
  });
});
