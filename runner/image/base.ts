import { join } from "node:path";
import { badInput } from "../../infra/errors.ts";
import { reasonOf } from "../../tools/problem.mjs";
import { run } from "../../tools/run.mjs";
import { DEBIAN, USER } from "./contents.ts";

const FINISH = join(import.meta.dirname, "finish-root.sh");

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
  const hook = `sh '${FINISH.replaceAll("'", "'\\''")}' "$1" ${USER.name} ${USER.id}`;
  const options = ["--variant=extract", `--include=${packages.join(",")}`, `--customize-hook=${hook}`];
  const from = [suite, archive, ...(mirror === null ? [] : [mirror])];
  await run("mmdebstrap", [...options, ...from], { env: { SOURCE_DATE_EPOCH: String(epoch) } }).catch(
    (error: unknown) => {
      throw badInput(
        `Debian's packages could not be had: ${reasonOf(error)}\n  Is its mirror reached from here? Name another by --mirror URL, or build on an image by --base IMAGE`,
      );
    },
  );
}
