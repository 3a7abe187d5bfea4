import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { STYLE } from "../reports/render/style.ts";
import { BOARD_STYLE } from "./style.ts";

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#2353c4"/><path d="M3 5h4M3 8h7M3 11h10" stroke="#fff" stroke-width="2"/></svg>`;

const TEXTS = {
  "board.css": { type: "text/css; charset=utf-8", text: `${STYLE}${BOARD_STYLE}` },
  "live.js": {
    type: "text/javascript; charset=utf-8",
    text: readFileSync(new URL("./browser/live.js", import.meta.url), "utf8"),
  },
  "icon.svg": { type: "image/svg+xml", text: ICON },
} as const;

export type AssetName = keyof typeof TEXTS;

/** A file that the pages load, by its name. */
export const ASSETS: Readonly<Record<string, { type: string; text: string } | undefined>> = TEXTS;

/** Where a page finds a file: another version has another address, so that a browser may keep each for good. */
export function assetPath(name: AssetName): string {
  const version = createHash("sha256").update(TEXTS[name].text).digest("hex").slice(0, 12);
  return `/assets/${name}?v=${version}`;
}
