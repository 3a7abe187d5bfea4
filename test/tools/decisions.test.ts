import assert from "node:assert/strict";
import fc from "fast-check";
import { launcher, mustHaveDebian } from "../../tools/debian.mjs";
import { needsOfRunbook } from "../../tools/needs.mjs";
import { isInstalled, productionOf, stampOf } from "../../tools/packages.mjs";
import { archiveName } from "../../tools/pulumi-install.mjs";
import { compareVersions, isAtLeast, newestAtLeast, parseVersion } from "../../tools/versions.mjs";

const numbers = fc.tuple(fc.nat(400), fc.nat(400), fc.nat(400));

describe("versions", () => {
  it("are read with or without a v and with what follows", () => {
    assert.deepEqual(parseVersion("v3.232.0\n"), [3, 232, 0]);
    assert.deepEqual(parseVersion("24.21.0-nightly"), [24, 21, 0]);
    assert.equal(parseVersion("latest"), undefined);
  });

  it("compare by number, not by text", () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const by = a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
        assert.equal(Math.sign(compareVersions(a.join("."), b.join("."))), Math.sign(by));
      }),
    );
  });

  it("are chosen newest first, none below the minimum and nothing that isn't a version", () => {
    assert.equal(newestAtLeast(["3.9.0", "3.232.0", "3.259.1", ".installing.lock"], "3.232.0"), "3.259.1");
    assert.equal(newestAtLeast(["3.231.9", "dev"], "3.232.0"), undefined);
    assert.equal(isAtLeast("", "0.0.0"), false);
  });
});

describe("what a command needs", () => {
  const started = ["node", "runtime"];
  const sandbox = ["node", "packages"];
  const cases: [string, string[]][] = [
    ["", started],
    ["--help", started],
    ["deploy --help", started],
    ["sandbox up --help", started],
    ["sandbox status --json", sandbox],
    ["--json sandbox env", sandbox],
    ["records list", started],
    ["deploy --stack staging", [...started, "pulumi"]],
    ["serve --stack staging", [...started, "pulumi"]],
    ["--json status", [...started, "pulumi"]],
    ["sandbox up", [...sandbox, "pulumi", "redis"]],
  ];
  for (const [line, needs] of cases) {
    it(`of \`runbook ${line}\`: ${needs.join(", ")}`, () => {
      assert.deepEqual(needsOfRunbook(line.split(" ").filter(Boolean)), needs);
    });
  }
});

describe("node_modules", () => {
  const locked = {
    "": { version: "0.1.0" },
    "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
    "node_modules/only-on-mac": { version: "1.0.0", integrity: "sha512-m", optional: true },
  };
  const a = { "node_modules/a": { version: "1.0.0", integrity: "sha512-a" } };

  it("is current when everything locked is there, but for other platforms' packages", () => {
    assert.equal(isInstalled(locked, a), true);
  });

  it("is not when a package is missing, changed or left over", () => {
    assert.equal(isInstalled(locked, {}), false);
    assert.equal(isInstalled(locked, { "node_modules/a": { version: "1.0.0", integrity: "sha512-x" } }), false);
    assert.equal(isInstalled(locked, { ...a, "node_modules/b": { version: "1.0.0" } }), false);
  });

  it("without the development dependencies is all that production needs, and not all that is locked", () => {
    const tested = { ...locked, "node_modules/tests": { version: "1.0.0", integrity: "sha512-t", dev: true } };
    assert.equal(isInstalled(tested, a), false);
    assert.equal(isInstalled(productionOf(tested), a), true);
    assert.equal(isInstalled(productionOf(tested), {}), false);
  });

  it("is stamped by the lockfile's content", () => {
    assert.equal(stampOf("x"), stampOf(new TextEncoder().encode("x")));
    assert.notEqual(stampOf("x"), stampOf("y"));
  });
});

describe("what is fetched", () => {
  it("is the platform's archive, where there is one", () => {
    assert.equal(archiveName("linux", "x64"), "pulumi-v3.232.0-linux-x64.tar.gz");
    assert.equal(archiveName("darwin", "arm64"), "pulumi-v3.232.0-darwin-arm64.tar.gz");
    assert.equal(archiveName("linux", "ia32"), undefined);
    assert.equal(archiveName("win32", "x64"), undefined);
  });

  it("is nothing of Debian's elsewhere: what to install is named, by Homebrew's name", () => {
    const needed = (platform: string) => () =>
      mustHaveDebian("redis-server 7 or newer, built with TLS", "redis", platform);
    assert.throws(needed("darwin"), {
      name: "Missing",
      message:
        "redis-server 7 or newer, built with TLS is needed and could not be installed.\n  - there is no Debian package for darwin\n  Install it and put it on PATH (macOS: brew install redis).",
    });
    const { PATH } = process.env;
    process.env.PATH = "/nonexistent";
    try {
      assert.throws(needed("linux"), /there is no apt-get and no dpkg on PATH\n {2}Install it and put it on PATH/);
    } finally {
      process.env.PATH = PATH;
    }
  });

  it("is a redis-server that finds the libraries which came with it", () => {
    assert.match(
      launcher("usr/bin/x", ["usr/lib/a", "lib/b"]),
      /LD_LIBRARY_PATH="\$root\/usr\/lib\/a:\$root\/lib\/b"\nexec /,
    );
  });
});
