import { badInput } from "../../infra/errors.ts";
import { reasonOf } from "../../tools/problem.mjs";
import { run } from "../../tools/run.mjs";
import { DEBIAN, USER } from "./contents.ts";

/**
 * What Debian's packages leave to scripts that aren't run, as mmdebstrap's hook for the new root: the authorities of TLS in one file, the
 * names of users, where names of hosts are looked up.
 */
const FINISH = `
set -eu
cat "$1"/usr/share/ca-certificates/mozilla/*.crt > "$1/etc/ssl/certs/ca-certificates.crt"
cp "$1/usr/share/libc-bin/nsswitch.conf" "$1/etc/nsswitch.conf"
printf 'root:x:0:0:root:/:/bin/sh\\n${USER.name}:x:${USER.id}:${USER.id}::/tmp:/bin/sh\\n' > "$1/etc/passwd"
printf 'root:x:0:\\n${USER.name}:x:${USER.id}:\\n' > "$1/etc/group"
rm -rf "$1/usr/share/man" "$1/usr/share/info" "$1/usr/share/locale" "$1/var/cache/apt" "$1/var/log"
`;

/**
 * Makes the root of Debian's packages, as an archive: unpacked, none of their scripts are run.
 * @param epoch seconds since 1970, the newest time that a file may have
 * @throws Refusal (exit 2) where the packages can't be had
 */
export async function makeBase(
  archive: string,
  { epoch, mirror }: { epoch: number; mirror: string | null },
): Promise<void> {
  const { suite, packages } = DEBIAN;
  const options = ["--quiet", "--variant=extract", `--include=${packages.join(",")}`, `--customize-hook=${FINISH}`];
  const from = [suite, archive, ...(mirror === null ? [] : [mirror])];
  await run("mmdebstrap", [...options, ...from], { env: { SOURCE_DATE_EPOCH: String(epoch) } }).catch(
    (error: unknown) => {
      throw badInput(
        `Debian's packages could not be had: ${reasonOf(error)}\n  Is its mirror reached from here? Name another by --mirror URL, or build on an image by --base IMAGE`,
      );
    },
  );
}
