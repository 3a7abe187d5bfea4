import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import fc from "fast-check";
import { SERVICES_VARIABLE, servedAt } from "../../infra/clients/served-at.ts";
import { afmKeys, providerGap } from "../../infra/issuers/afm-keys.ts";
import type { Issuer } from "../../infra/issuers/issuer.ts";
import { supabaseKeys } from "../../infra/issuers/supabase-keys.ts";
import { credentialName } from "../../infra/runbooks/rotate/tasks.ts";
import { parseSettings } from "../../infra/settings/index.ts";
import { SUPABASE_MANAGEMENT_TOKEN } from "../../sandbox/cloud/accounts.ts";
import { type Afm, startAfm } from "../../sandbox/cloud/services/afm.ts";
import type { Service } from "../../sandbox/cloud/services/http.ts";
import { serveManagement, startProject } from "../../sandbox/cloud/services/supabase.ts";
import { settingsWith, validSettings } from "../program/fixtures/settings.ts";

const settings = parseSettings(validSettings());
const NAME = credentialName("CHG-2026-11-23-001", settings);

const answerOf = async (issuer: Issuer, value: string) => (await issuer.probe(value)).answer;

/** What every issuer with an API must do, whoever it is. */
function keepsItsWord(open: () => Issuer, first: string, ignoreNextRevoke: () => void) {
  it("finds what it has made by its name, however often it is asked", async () => {
    const made = await open().mint(NAME);
    assert.deepEqual(await open().mint(NAME), made);
    assert.equal((await open().accepted())?.filter(({ name }) => name === NAME).length, 1);
    assert.equal(await open().identify(made.value), made.id);
    assert.equal(await open().identify("a value of somebody else's"), null);
  });

  it("accepts both until the old one is revoked, which a probe proves", async () => {
    const issuer = open();
    const made = await issuer.mint(NAME);
    assert.deepEqual([await answerOf(issuer, first), await answerOf(issuer, made.value)], ["accepted", "accepted"]);
    const old = (await issuer.identify(first)) ?? assert.fail();
    await issuer.revoke(old);
    await issuer.revoke(old);
    assert.deepEqual([await answerOf(issuer, first), await answerOf(issuer, made.value)], ["refused", "accepted"]);
    assert.deepEqual(
      (await issuer.accepted())?.map(({ name }) => name),
      [NAME],
    );
  });

  it("shows use since a time, and none before it", async () => {
    const issuer = open();
    const since = Date.now();
    const { id, value } = await issuer.mint(NAME);
    assert.equal(await issuer.uses(id, since), 0);
    await issuer.probe(value);
    assert.ok(((await issuer.uses(id, since)) ?? 0) > 0);
    assert.equal(await issuer.uses(id, Date.now() + 60_000), 0);
  });

  it("is found out where it acknowledges a revocation without doing it", async () => {
    const issuer = open();
    const old = (await issuer.identify(first)) ?? assert.fail();
    ignoreNextRevoke();
    await issuer.revoke(old);
    assert.equal(await issuer.identify(first), null);
    assert.equal(await answerOf(issuer, first), "accepted");
  });
}

describe("Supabase's keys", function () {
  this.timeout(20_000);
  const first = "sb_secret_the_first_one";
  let project: Awaited<ReturnType<typeof startProject>>;
  let management: Service;

  beforeEach(async () => {
    project = await startProject({ ref: "p1", key: first, databaseState: () => "up" });
    management = await serveManagement([project]);
  });
  afterEach(async () => {
    await project.gateway.close();
    await management.close();
  });
  const open = (token = SUPABASE_MANAGEMENT_TOKEN) =>
    supabaseKeys({ managementUrl: management.url, ref: "p1", projectUrl: project.gateway.url, token });

  keepsItsWord(open, first, () => project.ignoreNextRevoke());

  it("say which service refused them, and never with a value", async () => {
    const token = "sbp_wrong_token_of_the_test";
    await assert.rejects(open(token).mint(NAME), (error: Error) => {
      assert.match(error.message, /Management API: GET \/v1\/projects\/p1\/api-keys answered 401: see that its token/);
      assert.ok(!JSON.stringify(error, Object.getOwnPropertyNames(error)).includes(token));
      return true;
    });
  });

  it("can't be probed while the project is away", async () => {
    await project.gateway.down();
    const probed = await open().probe(first);
    assert.ok(probed.answer === "unknown", probed.answer);
    assert.match(probed.why, /^Supabase: GET \/(auth\/v1\/health|rest\/v1\/) had no answer \(ECONNREFUSED\)$/);
  });
});

describe("AFM's keys", function () {
  this.timeout(20_000);
  const [first, token] = ["afm-the-first-key", "afm-adapter-token-of-the-test"];
  const abilities = { overlap: true, mint: true, revoke: true, introspect: true };
  let afm: Afm;

  beforeEach(async () => {
    afm = await startAfm([
      { value: first, owner: token },
      { value: "another stage's key", owner: "another stage's token" },
    ]);
  });
  afterEach(() => Promise.all([afm.service.close(), afm.adapter.close()]));
  const open = () =>
    afmKeys({ afmUrl: afm.service.url, overlap: true, adapter: { url: afm.adapter.url, token, abilities } });

  keepsItsWord(open, first, () => afm.ignoreNextRevoke(token));

  it("by the operator: a value is probed, nothing is made, listed or withdrawn here", async () => {
    const issuer = afmKeys({ afmUrl: afm.service.url, overlap: false, adapter: null });
    assert.deepEqual(issuer.abilities, { overlap: false, mint: "operator", revoke: false, introspect: false });
    await assert.rejects(issuer.mint(NAME), /--value-stdin/);
    await issuer.revoke("any");
    assert.deepEqual([await issuer.accepted(), await issuer.uses("any", 0)], [null, null]);
    const value = afm.issue(token);
    assert.deepEqual([await answerOf(issuer, value), await answerOf(issuer, "wrong")], ["accepted", "refused"]);
    assert.match(providerGap(issuer.abilities) ?? "", /^provider gap/);
    assert.equal(providerGap(abilities), null);
  });

  it("says why a key can't be probed: AFM is away, or answers something else", async () => {
    const away = afmKeys({ afmUrl: "http://127.0.0.1:1", overlap: true, adapter: null });
    assert.deepEqual(await away.probe(first), {
      answer: "unknown",
      why: "AFM: GET /v1/status had no answer (ECONNREFUSED)",
    });
    const other = createServer((_, response) => response.writeHead(404).end()).listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    assert.ok(address !== null && typeof address === "object");
    const elsewhere = afmKeys({ afmUrl: `http://127.0.0.1:${address.port}`, overlap: true, adapter: null });
    assert.deepEqual(await elsewhere.probe(first), {
      answer: "unknown",
      why: "AFM: GET /v1/status answered 404",
    });
    other.closeAllConnections();
    other.close();
  });

  it("do through an adapter only what it declares", async () => {
    const meek = { overlap: true, mint: false, revoke: false, introspect: false };
    const issuer = afmKeys({
      afmUrl: afm.service.url,
      overlap: true,
      adapter: { url: afm.adapter.url, token, abilities: meek },
    });
    assert.equal(issuer.abilities.mint, "operator");
    await assert.rejects(issuer.mint(NAME), /--value-stdin/);
    await issuer.revoke("any");
    assert.deepEqual([await issuer.identify(first), await issuer.accepted()], [null, null]);
    assert.equal(await answerOf(issuer, first), "accepted");
  });
});

describe("a credential's name", () => {
  it("fits the strictest issuer, and is the same for the same change", () => {
    assert.equal(NAME, "staging_app_chg_2026_11_23_001");
    fc.assert(fc.property(fc.string(), (change) => /^[a-z0-9_]*$/.test(credentialName(change, settings))));
    assert.throws(() => parseSettings(settingsWith({ "application.name": "a".repeat(22) })));
    const longest = parseSettings(settingsWith({ "application.name": "a".repeat(21), stage: "production" }));
    assert.match(credentialName("CHG-2026-11-23-1000", longest), /^[a-z_][a-z0-9_]{3,63}$/);
  });

  it("is another one for the same change of another stage or application, which may share the issuer", () => {
    const others = [{ stage: "production" }, { "application.name": "shop" }];
    const names = others.map((other) => credentialName("CHG-2026-11-23-001", parseSettings(settingsWith(other))));
    assert.equal(new Set([NAME, ...names]).size, 3);
  });
});

describe("where a service is asked", () => {
  const env = { [SERVICES_VARIABLE]: "api.example=http://127.0.0.1:1 other.example=http://127.0.0.1:2" };

  it("is its own address, but for a host that the environment names another origin for", () => {
    assert.equal(servedAt(new URL("https://api.example/v1/keys?a=b"), env).href, "http://127.0.0.1:1/v1/keys?a=b");
    for (const url of ["https://api.example.evil/", "https://not-api.example/v1"]) {
      assert.equal(servedAt(new URL(url), env).href, url);
    }
    assert.equal(servedAt(new URL("https://api.example/v1"), {}).href, "https://api.example/v1");
  });
});
