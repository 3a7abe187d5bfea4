/**
 * Loaded into every Node process of a pod (`--import`): a server that names no host listens on its pod's address alone, as it
 * would in a network namespace of the pod's own.
 */
import { Server } from "node:net";

const { RUNBOOKS_POD_IP: address } = process.env;
const listen = Server.prototype.listen;

/**
 * What `listen` was asked for, with the pod's address where no host is named.
 * @param {unknown[]} asked
 * @returns {unknown[]}
 */
function atPod(asked) {
  const [first, second, ...rest] = asked;
  if (typeof first === "object" && first !== null && "port" in first && !("host" in first && first.host)) {
    return [{ ...first, host: address }, second, ...rest];
  }
  const isPort = typeof first === "number" || (typeof first === "string" && /^\d+$/.test(first));
  return isPort && typeof second !== "string" ? [Number(first), address, second, ...rest] : asked;
}

if (address !== undefined) {
  Server.prototype.listen = function (/** @type {unknown[]} */ ...asked) {
    return Reflect.apply(listen, this, atPod(asked));
  };
}
