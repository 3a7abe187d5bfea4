import { connect } from "node:http2";

/**
 * Calls `gone` once the engine at `address` no longer answers. A killed CLI can't end its plugins, so the host holds a
 * connection to the engine's gRPC port and leaves when it breaks.
 */
export function leaveWithEngine(address: string, gone: () => void): void {
  const session = connect(`http://${address}`);
  session.on("error", gone);
  session.on("close", gone);
  session.unref();
}
