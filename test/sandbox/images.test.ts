import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { commandLine } from "../../sandbox/cloud/command-line.ts";
import { openImages } from "../../sandbox/cloud/images.ts";

describe("the sandbox's images", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "images-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const folder = async (name: string, files: Record<string, string>): Promise<string> => {
    const path = join(dir, name);
    await mkdir(join(path, "lib"), { recursive: true });
    await writeFile(join(path, "package.json"), JSON.stringify({ scripts: { start: "node main.js" } }));
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), text);
    }
    return path;
  };
  const images = () => openImages(join(dir, "built"));

  it("gives equal folders one digest and finds an image by the digest alone", async () => {
    const first = await images().build(await folder("a", { "main.js": "1", "lib/x.js": "2" }), "app");
    const second = await images().build(
      await folder("b", { "lib/x.js": "2", "main.js": "1" }),
      "registry.example.com/other",
    );
    assert.match(first, /^app@sha256:[0-9a-f]{64}$/);
    assert.equal(second.split("@")[1], first.split("@")[1]);
    const found = await images().find(second.replace("registry.example.com/other", "elsewhere:5000/app"));
    assert.deepEqual(found?.start, { command: "node", args: ["main.js"] });
    assert.equal(await images().find("app:latest"), undefined);
    assert.equal(await images().find(`app@sha256:${"0".repeat(64)}`), undefined);
  });

  it("changes the digest with a name, a content and the executable bit, not with node_modules", async () => {
    const path = await folder("a", { "main.js": "1" });
    const seen = [await images().build(path, "app")];
    await mkdir(join(path, "node_modules"));
    await writeFile(join(path, "node_modules", "x"), "left out");
    assert.equal(await images().build(path, "app"), seen[0]);
    await chmod(join(path, "main.js"), 0o755);
    seen.push(await images().build(path, "app"));
    await writeFile(join(path, "lib", "main.js"), "");
    seen.push(await images().build(path, "app"));
    await writeFile(join(path, "main.js"), "2");
    seen.push(await images().build(path, "app"));
    assert.equal(new Set(seen).size, 4);
  });

  it("follows symbolic links, and says where one leads nowhere or into itself", async () => {
    const shared = await folder("shared", { "main.js": "1" });
    const path = await folder("a", { "main.js": "1" });
    await symlink(join(shared, "main.js"), join(path, "linked.js"));
    const linked = await images().build(path, "app");
    await rm(join(path, "linked.js"));
    await writeFile(join(path, "linked.js"), "1");
    assert.equal(await images().build(path, "app"), linked);
    await symlink(path, join(path, "lib", "loop"));
    await assert.rejects(images().build(path, "app"), /symbolic link to a folder that holds it/);
    await rm(join(path, "lib", "loop"));
    await symlink("nowhere", join(path, "dangling"));
    await assert.rejects(images().build(path, "app"), /dangling is not there, or a symbolic link to nothing/);
  });

  it("takes in what package.json includes, under its last name; the image's own file wins", async () => {
    await folder("shared", { "main.js": "1", "src/a.js": "a", "src/deep/b.js": "b" });
    const path = await folder("a", { "main.js": "2" });
    const start = { scripts: { start: "node main.js" } };
    const include = (paths: unknown) =>
      writeFile(join(path, "package.json"), JSON.stringify({ ...start, image: { include: paths } }));
    await include(["../shared/src", "../shared/main.js"]);
    const image = await images().find(await images().build(path, "app"));
    assert.ok(image);
    const read = (name: string) => readFile(join(image.folder, name), "utf8");
    assert.deepEqual(await Promise.all(["main.js", "src/a.js", "src/deep/b.js"].map(read)), ["2", "a", "b"]);
    await include(["../nowhere"]);
    await assert.rejects(images().build(path, "app"), /nowhere is not there/);
    await include("../shared");
    await assert.rejects(images().build(path, "app"), /image\.include is no list of paths/);
  });

  it("says what is wrong with a folder or a name", async () => {
    await assert.rejects(images().build(join(dir, "none"), "app"), /package\.json can't be read/);
    const path = await folder("a", {});
    await assert.rejects(images().build(path, "app:1"), /image name "app:1"/);
    await writeFile(join(path, "package.json"), "{");
    await assert.rejects(images().build(path, "app"), /isn't JSON/);
    await writeFile(join(path, "package.json"), "{}");
    await assert.rejects(images().build(path, "app"), /scripts\.start is missing/);
  });
});

describe("a command line", () => {
  it("is split as a shell would", () => {
    assert.deepEqual(commandLine(`node --title "two words" 'it''s' a\\ b`), {
      command: "node",
      args: ["--title", "two words", "its", "a b"],
    });
  });

  it("runs in a shell only where it needs one, by exec where it is a single command", () => {
    assert.deepEqual(commandLine("node main.js $FLAGS"), {
      command: "/bin/sh",
      args: ["-c", "exec node main.js $FLAGS"],
    });
    assert.deepEqual(commandLine("a && b"), { command: "/bin/sh", args: ["-c", "a && b"] });
    assert.deepEqual(commandLine("A=1 node main.js"), { command: "/bin/sh", args: ["-c", "A=1 node main.js"] });
    assert.deepEqual(commandLine("node '$x'"), { command: "node", args: ["$x"] });
    assert.throws(() => commandLine(`node "main.js`), /quote isn't closed/);
  });
});
