import { spawn } from "node:child_process";

/** A command that shows a page to whoever sits at this machine. */
export interface Opener {
  command: string;
  args: string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** How this machine shows a page; null where it has no screen (pure). */
export function openerFor(page: string, platform: NodeJS.Platform, env: Environment): Opener | null {
  if (env.CI) return null;
  if (env.BROWSER) return { command: env.BROWSER, args: [page] };
  if (platform === "darwin") return { command: "open", args: [page] };
  if (platform === "win32") return { command: "explorer.exe", args: [page] };
  return env.DISPLAY || env.WAYLAND_DISPLAY ? { command: "xdg-open", args: [page] } : null;
}

/** Shows a page in the browser of this machine, where there is one; never fails, since the path is printed anyway. */
export function openInBrowser(page: string): Promise<"in the browser" | "not"> {
  const opener = openerFor(page, process.platform, process.env);
  if (opener === null) return Promise.resolve("not");
  return new Promise((resolve) => {
    const child = spawn(opener.command, opener.args, { stdio: "ignore", detached: true });
    child.once("error", () => resolve("not"));
    child.once("spawn", () => {
      child.unref();
      resolve("in the browser");
    });
  });
}
