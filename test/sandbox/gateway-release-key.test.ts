import assert from "node:assert/strict";
import { get } from "node:http";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { keyedHeader } from "../../infra/domain/release-header.ts";
import { keyedRules } from "../../infra/program/components/traffic.ts";
import type { Props } from "../../sandbox/cloud/wire.ts";
import { resolved } from "../../verification/mocks/world.ts";
import { deployment, eventually, NAMESPACE, openWorld, route, service, TYPES, type World } from "./cluster-world.ts";

const KEY = "the-stacks-own-secret";
const rulesSchema = z.array(z.json());

describe("the sandbox's gateway where only the stack's key names a release", function () {
  this.timeout(60_000);
  let world: World;

  before(async () => {
    world = await openWorld();
    for (const release of ["one", "two"]) {
      await world.create(TYPES.service, service(release));
      await world.create(TYPES.deployment, deployment(world, release));
    }
    await world.create(TYPES.route, await keyedRoute({ one: 75, two: 25 }));
    await eventually("the route", async () =>
      (await ask(keyedHeader("two", KEY))).release === "two" ? true : undefined,
    );
  });
  after(() => world.close());

  async function keyedRoute(weights: Record<string, number>): Promise<Props> {
    const releases = Object.entries(weights).map(([id, weight]) => ({ id, weight }));
    const rules = await resolved(pulumi.output(keyedRules({ application: "app", releases }, KEY)));
    const { spec, ...rest } = route(weights);
    return { ...rest, spec: { ...z.record(z.string(), z.json()).parse(spec), rules: rulesSchema.parse(rules) } };
  }

  function ask(header: string | null, path = "/"): Promise<{ body: string; release: string | null }> {
    const headers = header === null ? {} : { "x-runbooks-release": header };
    return new Promise((resolve, reject) => {
      get(`${world.cluster.gatewayUrl("staging")}${path}`, { headers }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        response.on("end", () =>
          resolve({ body, release: response.headers["x-runbooks-release"]?.toString() ?? null }),
        );
        response.on("error", reject);
      }).on("error", reject);
    });
  }

  /** How many of 100 requests each release answers, and whom the answers name. */
  async function shares(header: string | null) {
    const served: Record<string, number> = {};
    const named = new Set<string | null>();
    for (let sent = 0; sent < 100; sent += 1) {
      const { body, release } = await ask(header);
      served[body] = (served[body] ?? 0) + 1;
      named.add(release);
    }
    return { served, named: [...named].sort() };
  }

  const BY_WEIGHT = { one: 75, two: 25 };

  it("routes a client that names a release by its id, or by another release's value, as any user: by weight, and told nothing", async () => {
    const guesses = [
      null,
      "two",
      "two.",
      `two.${"0".repeat(64)}`,
      keyedHeader("two", "another stack's secret"),
      keyedHeader("one", KEY).replace("one", "two"),
      "by-weight",
    ];
    for (const guess of guesses) {
      const { served, named } = await shares(guess);
      assert.deepEqual({ guess, served, named }, { guess, served: BY_WEIGHT, named: [null] });
    }
  });

  it("sends who holds a release's value to it, and says that it answered", async () => {
    for (const release of ["one", "two"]) {
      const { served, named } = await shares(keyedHeader(release, KEY));
      assert.deepEqual([served, named], [{ [release]: 100 }, [release]]);
    }
  });

  it("shares out by weight, and says who answered, to who holds the value for that", async () => {
    const { served, named } = await shares(keyedHeader(null, KEY));
    assert.deepEqual([served, named], [BY_WEIGHT, ["one", "two"]]);
  });

  it("shows no value to a pod, which might log what it is sent", async () => {
    const seen = async (header: string) =>
      z.record(z.string(), z.string()).parse(JSON.parse((await ask(header, "/headers")).body))["x-runbooks-release"];
    assert.equal(await seen(keyedHeader("two", KEY)), undefined);
    assert.equal(await seen(keyedHeader(null, KEY)), undefined);
    assert.equal(await seen("two"), "two");
  });

  it("takes the route over from one that any client could use, and the old values reach nothing more", async () => {
    await world.update(TYPES.route, `${NAMESPACE}/app`, route({ one: 100, two: 0 }));
    await eventually("the old route", async () => ((await ask("two")).release === "two" ? true : undefined));
    assert.deepEqual(await shares(null), { served: { one: 100 }, named: ["one"] });
    await world.update(TYPES.route, `${NAMESPACE}/app`, await keyedRoute({ one: 100, two: 0 }));
    await eventually("the new one", async () =>
      (await ask(keyedHeader("two", KEY))).release === "two" ? true : undefined,
    );
    assert.deepEqual(await shares("two"), { served: { one: 100 }, named: [null] });
  });
});
