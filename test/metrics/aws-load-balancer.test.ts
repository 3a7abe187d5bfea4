import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import fc from "fast-check";
import { z } from "zod";
import { targetGroupsOf } from "../../infra/clients/kubernetes-objects.ts";
import { newErrorRateMemory, takeIn } from "../../infra/gates/error-rate.ts";
import {
  awsLoadBalancerSource,
  minutesAsked,
  readingsOf,
  releaseGroups,
} from "../../infra/metrics/aws-load-balancer.ts";
import { signerFor } from "../../infra/metrics/own/signed.ts";
import { NO_OWN_REQUESTS, withBurst } from "../../infra/metrics/own-requests.ts";
import { totals } from "../../infra/metrics/reading.ts";

const [CANARY, STABLE] = ["rc0ffee001", "r5ab1e0001"] as const;
const MINUTE = 60_000;
const BALANCER = { region: "eu-west-1", loadBalancer: "app/k8s-public/50dc6c495c0c9188" };
const COUNTED = { namespace: "app-production", application: "app" };
const arn = (name: string) => `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/${name}`;
const GROUPS = releaseGroups(
  [
    { service: `app-${STABLE}`, arn: arn("k8s-appprodu-app-1111111111/aaaaaaaaaaaaaaaa") },
    { service: `app-${CANARY}`, arn: arn("k8s-appprodu-app-2222222222/bbbbbbbbbbbbbbbb") },
    { service: "another-r000000001", arn: arn("k8s-appprodu-other-3333333333/cccccccccccccccc") },
  ],
  "app",
);
const LIMITS = {
  minimumRequests: 3,
  alpha: 0.05,
  hardLimitPercent: 5,
  withoutUsers: "hold",
  latency: null,
  pods: { restarts: 1, unready: 3 },
} as const;

/** What one minute had: requests, answers of 5xx and connections that failed, by a group's place. */
type Minute = readonly { all: number; failed: number; unreached?: number }[];

/** GetMetricData's answer to minutes that begin at a time, as the API gives it: a minute without requests has no point. */
function answered(minutes: readonly Minute[], beginning: number, now: number): string {
  const shown = minutes.filter((_, index) => beginning + (index + 1) * MINUTE <= now - 2 * MINUTE);
  const results = GROUPS.flatMap((_, group) =>
    (["all", "failed", "unreached"] as const).map((which) => {
      const points = shown.flatMap((minute, index) => {
        const value = minute[group]?.[which] ?? 0;
        return value === 0 ? [] : [{ at: (beginning + index * MINUTE) / 1_000, value }];
      });
      return {
        Id: `${which}${group}`,
        Label: "",
        Timestamps: points.map(({ at }) => at),
        Values: points.map(({ value }) => value),
        StatusCode: "Complete",
      };
    }),
  );
  return JSON.stringify({ MetricDataResults: results, Messages: [] });
}

/** A minute's requests that didn't get an answer of their pod's, or got one of 5xx. */
const failedIn = (one: Minute[number] | undefined): number =>
  one === undefined ? 0 : Math.min(one.all, one.failed + (one.unreached ?? 0));

const NOON = Date.parse("2026-11-27T12:00:00Z");

describe("an Application Load Balancer's counts in CloudWatch", () => {
  it("are of the release whose Service a TargetGroupBinding names", () => {
    const binding = (name: string, targetGroupARN?: string) => ({
      spec: { serviceRef: { name, port: 80 }, targetGroupARN },
    });
    const listed = targetGroupsOf({ items: [binding(`app-${CANARY}`, arn("k8s-a-b-0/ab12")), binding("app-new")] });
    assert.deepEqual(releaseGroups(listed, "app"), [{ release: CANARY, group: "targetgroup/k8s-a-b-0/ab12" }]);
    assert.deepEqual(
      GROUPS.map(({ release }) => release),
      [STABLE, CANARY],
    );
  });

  it("are asked for by both dimensions, as sums of whole minutes of the day that are there by now", () => {
    const asked = minutesAsked(GROUPS, BALANCER.loadBalancer, NOON + 59_000);
    assert.equal(asked.StartTime, Date.parse("2026-11-27T00:00:00Z") / 1_000);
    assert.equal(asked.EndTime, (NOON - 2 * MINUTE) / 1_000);
    assert.deepEqual(
      asked.MetricDataQueries.map(({ Id, MetricStat }) => [Id, MetricStat.Metric.MetricName]).slice(0, 3),
      [
        ["all0", "RequestCount"],
        ["failed0", "HTTPCode_Target_5XX_Count"],
        ["unreached0", "TargetConnectionErrorCount"],
      ],
    );
    assert.deepEqual(asked.MetricDataQueries[4], {
      Id: "failed1",
      MetricStat: {
        Metric: {
          Namespace: "AWS/ApplicationELB",
          MetricName: "HTTPCode_Target_5XX_Count",
          Dimensions: [
            { Name: "LoadBalancer", Value: "app/k8s-public/50dc6c495c0c9188" },
            { Name: "TargetGroup", Value: "targetgroup/k8s-appprodu-app-2222222222/bbbbbbbbbbbbbbbb" },
          ],
        },
        Period: 60,
        Stat: "Sum",
      },
      ReturnData: true,
    });
  });

  it("add up to counters that only rise, and count every user's request once whatever is asked when", () => {
    const minute = fc.array(
      fc.nat(50).chain((all) => fc.record({ all: fc.constant(all), failed: fc.nat(all), unreached: fc.nat(60) })),
      { minLength: 2, maxLength: 2 },
    );
    const looks = fc.array(fc.integer({ min: 3 * MINUTE, max: 30 * MINUTE }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(minute, { minLength: 30, maxLength: 30 }), looks, (minutes, times) => {
        let memory = newErrorRateMemory({ release: CANARY, stable: STABLE });
        let first: number | null = null;
        for (const after of [...times].sort((one, other) => one - other)) {
          const now = NOON + after;
          const readings = readingsOf(answered(minutes, NOON, now), GROUPS, now);
          memory = takeIn(memory, { readings, own: NO_OWN_REQUESTS }, LIMITS).memory;
          const settled = Math.floor((after - 2 * MINUTE) / MINUTE);
          first ??= settled;
          const seen = minutes.slice(first, settled);
          const of = (group: number) => ({
            requests: seen.reduce((sum, one) => sum + (one[group]?.all ?? 0), 0),
            errors: seen.reduce((sum, one) => sum + failedIn(one[group]), 0),
          });
          assert.deepEqual({ canary: memory.canarySeen, stable: memory.stableSeen }, { canary: of(1), stable: of(0) });
        }
      }),
      { seed: 20_261_127 },
    );
  });

  it("count a request whose pod couldn't be connected to as failed, and none twice: a connection is tried again", () => {
    const shown = (minutes: readonly Minute[]) => {
      const now = NOON + (minutes.length + 2) * MINUTE;
      const [newest] = readingsOf(answered(minutes, NOON, now), GROUPS, now);
      assert.ok(newest);
      return totals(newest)[CANARY];
    };
    const well = { all: 100, failed: 0 };
    assert.deepEqual(shown([[well, { all: 100, failed: 0, unreached: 100 }]]), { requests: 100, errors: 100 });
    assert.deepEqual(shown([[well, { all: 100, failed: 30, unreached: 210 }]]), { requests: 100, errors: 100 });
    // What one minute has too many takes nothing off another's.
    const second = [well, { all: 50, failed: 1, unreached: 2 }];
    assert.deepEqual(shown([[well, { all: 10, failed: 0, unreached: 40 }], second]), { requests: 60, errors: 13 });
  });

  it("wait for a minute that surely has, or surely hasn't, our own requests in it", () => {
    const at = (now: number) => readingsOf(answered([], NOON, now), GROUPS, now);
    const took = { releases: { [CANARY]: { requests: 9, errors: 0 } }, probes: {}, took: {}, unclear: 0 };
    const own = withBurst(NO_OWN_REQUESTS, { from: NOON + 10_000, to: NOON + 20_000, ...took });
    const began = takeIn(newErrorRateMemory({ release: CANARY, stable: STABLE }), { readings: at(NOON), own }, LIMITS);
    assert.equal(began.look.kind, "baseline");
    const look = (after: number) => takeIn(began.memory, { readings: at(NOON + after), own }, LIMITS);
    // The minute before ours is the newest that is known exactly.
    assert.equal(look(3 * MINUTE).memory.baseline?.at, NOON);
    // The sums hold none of our nine: they are missing, and no user's may be taken for them.
    assert.equal(look(5 * MINUTE).look.kind, "in doubt");
    const [newest] = at(NOON + 5 * MINUTE);
    assert.deepEqual([newest?.from, newest?.to], [NOON + 2 * MINUTE, NOON + 4 * MINUTE]);
  });

  it("begin anew with a day, in the name of what counts", () => {
    const midnight = Date.parse("2026-11-28T00:00:00Z");
    const [before] = readingsOf(answered([], midnight, midnight), GROUPS, midnight + 2 * MINUTE);
    const [after] = readingsOf(answered([], midnight, midnight), GROUPS, midnight + 3 * MINUTE);
    assert.match(before?.targets[0] ?? "", /since 2026-11-27T00:00:00.000Z$/);
    assert.match(after?.targets[0] ?? "", /since 2026-11-28T00:00:00.000Z$/);
  });

  describe("as CloudWatch's API gives them", () => {
    let server: Server;
    let endpoint = "";
    let asked: { body: unknown; headers: Record<string, unknown> }[] = [];
    let answer: (now: number) => { status: number; text: string };
    before(async () => {
      server = createServer(async (request, response) => {
        let body = "";
        for await (const chunk of request) body += String(chunk);
        asked.push({ body: JSON.parse(body), headers: request.headers });
        const { status, text } = answer(Date.now());
        response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(text);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      endpoint = `http://127.0.0.1:${z.object({ port: z.number() }).parse(server.address()).port}`;
    });
    after(() => new Promise((resolve) => server.close(resolve)));
    beforeEach(() => {
      asked = [];
    });

    const bindings = GROUPS.map(({ release, group }) => ({
      service: `app-${release}`,
      arn: `arn:aws:elasticloadbalancing:eu-west-1:123456789012:${group}`,
    }));
    const source = (targetGroups = bindings) =>
      awsLoadBalancerSource(
        BALANCER,
        COUNTED,
        { targetGroups: async () => targetGroups },
        signerFor("monitoring", "eu-west-1", { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s3cr3t" }),
        endpoint,
      );

    it("come by release, signed for, and are kept while CloudWatch has nothing newer", async () => {
      const started = Math.floor(Date.now() / MINUTE - 10) * MINUTE;
      const minutes = Array.from({ length: 4 }, () => [
        { all: 100, failed: 1 },
        { all: 10, failed: 5 },
      ]);
      answer = (now) => ({ status: 200, text: answered(minutes, started, now) });
      const read = source();
      const [newest] = await read();
      assert.ok(newest);
      assert.deepEqual(totals(newest), {
        [STABLE]: { requests: 400, errors: 4 },
        [CANARY]: { requests: 40, errors: 20 },
      });
      await read();
      assert.ok(asked.length <= 2, "a minute may have ended between the two");
      assert.equal(asked[0]?.headers["x-amz-target"], "GraniteServiceVersion20100801.GetMetricData");
      assert.match(String(asked[0]?.headers.authorization), /\/eu-west-1\/monitoring\/aws4_request/);
    });

    it("are nothing where a part of the answer is missing, refused, or contradicts itself", async () => {
      const result = { Id: "all0", Timestamps: [], Values: [], StatusCode: "PartialData" };
      answer = () => ({ status: 200, text: JSON.stringify({ MetricDataResults: [result] }) });
      await assert.rejects(source()(), /a part of the data alone/);
      answer = () => ({ status: 400, text: '{"__type":"com.amazon#AccessDeniedException"}' });
      await assert.rejects(source()(), /CloudWatch answered 400: AccessDeniedException/);
      const failed = { Id: "failed0", Timestamps: [Date.now() / 1_000 - 600], Values: [3], StatusCode: "Complete" };
      answer = () => ({ status: 200, text: JSON.stringify({ MetricDataResults: [failed] }) });
      await assert.rejects(source()(), /more failed requests of targetgroup\/.* than requests/);
      await assert.rejects(source([])(), /have no sample of the requests: no TargetGroupBinding in app-production/);
    });
  });
});
