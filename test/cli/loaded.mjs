import { registerHooks } from "node:module";

/** Loaded before a program: names each package that it loads, on stderr at its end. */
const packages = new Set();
registerHooks({
  load(url, context, next) {
    const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
    if (name !== undefined) packages.add(name);
    return next(url, context);
  },
});
process.on("exit", () => process.stderr.write(JSON.stringify([...packages].sort())));
