import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { dockerLogin } from "../../infra/clients/docker-login.ts";

const basic = (login: string) => Buffer.from(login).toString("base64");

describe("the login of a registry", () => {
  let room: string;
  const before = { DOCKER_CONFIG: process.env.DOCKER_CONFIG, PATH: process.env.PATH };

  beforeEach(async () => {
    room = await mkdtemp(join(tmpdir(), "docker-login-"));
    process.env.DOCKER_CONFIG = room;
    process.env.PATH = `${room}${delimiter}${before.PATH}`;
  });
  afterEach(async () => {
    for (const name of ["DOCKER_CONFIG", "PATH"] as const) {
      const value = before[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(room, { recursive: true, force: true });
  });

  const configured = (config: object) => writeFile(join(room, "config.json"), JSON.stringify(config));

  /** A helper that writes down what it is asked, knows one registry, and fails for "broken". */
  async function helper(name: string): Promise<void> {
    const file = join(room, `docker-credential-${name}`);
    const script = `#!/bin/sh
read -r registry
echo "$* $registry" >> "${room}/asked"
case "$registry" in
  known.example.com) echo '{"ServerURL":"known.example.com","Username":"ci","Secret":"p:w"}' ;;
  token.example.com) echo '{"Username":"<token>","Secret":"hush-hush"}' ;;
  broken.example.com) echo "hush-hush"; exit 1 ;;
  *) echo "credentials not found in native keychain"; exit 1 ;;
esac
`;
    await writeFile(file, script);
    await chmod(file, 0o755);
  }

  it("is what docker login has written down, and none where it has written nothing", async () => {
    assert.equal(await dockerLogin("known.example.com"), null);
    await configured({ auths: { "https://known.example.com": { auth: basic("a:b") } } });
    assert.equal(await dockerLogin("known.example.com"), basic("a:b"));
    assert.equal(await dockerLogin("other.example.com"), null);
    await configured({ auths: { "https://index.docker.io/v1/": { auth: basic("hub:b") } } });
    assert.equal(await dockerLogin("registry-1.docker.io"), basic("hub:b"));
  });

  it("is asked of the registry's helper, else of the store, with the registry on stdin", async () => {
    await helper("own");
    await configured({ credHelpers: { "known.example.com": "own" }, auths: { "known.example.com": {} } });
    assert.equal(await dockerLogin("known.example.com"), basic("ci:p:w"));
    assert.equal(await readFile(join(room, "asked"), "utf8"), "get known.example.com\n");
    await configured({ credsStore: "own", auths: { "other.example.com": { auth: basic("a:b") } } });
    assert.equal(await dockerLogin("known.example.com"), basic("ci:p:w"));
    assert.equal(await dockerLogin("other.example.com"), basic("a:b"));
  });

  it("isn't none where it can't be read, and is never told", async () => {
    await helper("own");
    await configured({ credsStore: "own" });
    for (const host of ["broken.example.com", "token.example.com"]) {
      const refused = (error: Error) => error.message.includes(host) && !error.message.includes("hush");
      await assert.rejects(dockerLogin(host), refused);
    }
    await configured({ credsStore: "absent" });
    await assert.rejects(dockerLogin("known.example.com"), /docker-credential-absent can't be run \(ENOENT\)/);
    await writeFile(join(room, "config.json"), "{");
    await assert.rejects(dockerLogin("known.example.com"), /is not a docker configuration/);
    await rm(join(room, "config.json"));
    await mkdir(join(room, "config.json"));
    await assert.rejects(dockerLogin("known.example.com"), /can't be read \(EISDIR\)/);
  });
});
