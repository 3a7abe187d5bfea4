/**
 * Loaded into the peers' pods (`--import`): each answer names its release, as our route adds it to ours, so that the load counts all
 * releases alike.
 */
import { ServerResponse } from "node:http";
import { RELEASE_HEADER } from "../../../infra/domain/release-header.ts";

const release = process.env.RELEASE_ID ?? "";
const { writeHead } = ServerResponse.prototype;

ServerResponse.prototype.writeHead = function (...given: unknown[]) {
  this.setHeader(RELEASE_HEADER, release);
  return Reflect.apply(writeHead, this, given);
};
