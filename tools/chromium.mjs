import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { announced } from "./announce.mjs";
import { launcher, libraryFolders, mustHaveDebian, unpackPackages } from "./debian.mjs";
import { isExecutable, onPath, TOOLS } from "./paths.mjs";
import { missing, reasonOf } from "./problem.mjs";
import { run } from "./run.mjs";

const FOLDER = join(TOOLS, "chromium");
const OWN = join(FOLDER, "bin", "chromium");
const PROGRAM = "usr/lib/chromium/chromium";
const NAMES = ["chromium", "google-chrome", "google-chrome-stable", "chrome"];
const ON_A_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** The Chromium on PATH, or the one unpacked for this checkout. */
export function locateChromium() {
  const own = isExecutable(OWN) ? OWN : undefined;
  const mac = isExecutable(ON_A_MAC) ? ON_A_MAC : undefined;
  return NAMES.flatMap((name) => onPath(name))[0] ?? own ?? mac;
}

/** Fonts are looked for where they were unpacked, and where the system has its own. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">../root/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <match><edit name="family" mode="append"><string>DejaVu Sans</string></edit></match>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/** @param {string} folder */
async function unpack(folder) {
  await unpackPackages(folder, ["chromium", "fonts-dejavu-core"]);
  const root = join(folder, "root");
  if (!isExecutable(join(root, PROGRAM))) throw new Error(`Debian's package brought no /${PROGRAM}`);
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "fonts.conf"), FONTS);
  const fonts = 'export FONTCONFIG_FILE="$root/../bin/fonts.conf"';
  const start = join(folder, "bin", "chromium");
  writeFileSync(start, launcher(PROGRAM, libraryFolders(root), [fonts]));
  chmodSync(start, 0o755);
}

/**
 * Gets a Chromium: the present one, else Debian's package, unpacked for this checkout.
 * @throws Missing
 */
export async function installChromium() {
  if (locateChromium() !== undefined) return;
  mustHaveDebian("Chromium", "--cask google-chrome");
  const why = "the records' pages are tested in a real browser, and there is none on PATH";
  const fresh = `${FOLDER}.new`;
  await announced({ what: "Chromium (Debian's package)", why, about: "30 s" }, async () => {
    try {
      rmSync(fresh, { recursive: true, force: true });
      mkdirSync(fresh, { recursive: true });
      await unpack(fresh);
      await run(join(fresh, "bin", "chromium"), ["--version"]);
      rmSync(FOLDER, { recursive: true, force: true });
      renameSync(fresh, FOLDER);
    } catch (error) {
      throw missing("Chromium", [reasonOf(error)], "Install it and put it on PATH (Debian: apt-get install chromium).");
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  });
}
