import pc from "picocolors";

const EXIT_INTERRUPTED = 130;
const EXIT_BROKEN = 70;

/**
 * Does what a namespace was made for, and ends the process with its exit code, or at the message LEAVE. The namespace's end takes everything
 * with it: sandboxes, engines and the cluster; files in the sandboxes' folders are cleared by the next run.
 */
export async function untilAsked(main: () => Promise<number>): Promise<never> {
  const interrupted = new Promise<number>((resolve) => {
    process.once("message", () => resolve(EXIT_INTERRUPTED));
    process.once("disconnect", () => resolve(EXIT_INTERRUPTED));
  });
  const code = await Promise.race([
    interrupted,
    main().catch((error: unknown) => {
      process.stderr.write(pc.red(`${error instanceof Error ? error.message : String(error)}\n`));
      return EXIT_BROKEN;
    }),
  ]);
  process.exit(code);
}
