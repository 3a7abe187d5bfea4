import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** A disk of its own, which only root may mount; others get a folder that can be closed. */
export interface Disk {
  folder: string;
  kind: "tmpfs" | "folder";
  readOnly(): Promise<void>;
  writable(): Promise<void>;
  /** Takes all the room that is left, or closes the folder. */
  fill(): Promise<void>;
  /** Gives it back. */
  clear(): Promise<void>;
  remove(): Promise<void>;
}

/** Mounts a disk of so many kilobytes. */
export async function smallDisk(kilobytes: number): Promise<Disk> {
  const folder = await mkdtemp(join(tmpdir(), "disk-"));
  const mounted = await exec("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder]).then(
    () => true,
    () => false,
  );
  const ballast = join(folder, "ballast");
  const remount = async (mode: "ro" | "rw"): Promise<void> => {
    if (mounted) await exec("mount", ["-o", `remount,${mode}`, folder]);
    else await chmod(folder, mode === "ro" ? 0o500 : 0o700);
  };
  return {
    folder,
    kind: mounted ? "tmpfs" : "folder",
    readOnly: () => remount("ro"),
    writable: () => remount("rw"),
    async fill() {
      if (!mounted) return remount("ro");
      await writeFile(ballast, Buffer.alloc(2 * kilobytes * 1024)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOSPC") throw error;
      });
    },
    async clear() {
      if (!mounted) return remount("rw");
      await rm(ballast, { force: true });
    },
    async remove() {
      if (mounted) await exec("umount", [folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
