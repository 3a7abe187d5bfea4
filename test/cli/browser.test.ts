import assert from "node:assert/strict";
import { openerFor } from "../../infra/cli/browser.ts";

describe("the browser of this machine", () => {
  it("is the one that the environment names, else the desktop's; none in CI or without a screen", () => {
    const page = "/records/index.html";
    const command = (platform: NodeJS.Platform, env: Record<string, string>) => openerFor(page, platform, env)?.command;
    assert.equal(command("linux", {}), undefined);
    assert.equal(command("linux", { DISPLAY: ":0" }), "xdg-open");
    assert.equal(command("linux", { WAYLAND_DISPLAY: "w" }), "xdg-open");
    assert.equal(command("linux", { BROWSER: "firefox" }), "firefox");
    assert.equal(command("linux", { BROWSER: "firefox", CI: "true" }), undefined);
    assert.equal(command("darwin", {}), "open");
    assert.equal(command("win32", {}), "explorer.exe");
    assert.deepEqual(openerFor(page, "darwin", {})?.args, [page]);
  });
});
