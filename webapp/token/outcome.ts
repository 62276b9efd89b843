import type { Order } from "./client";
import type { Extensions } from "./extensions";
import { malformed, unacceptable } from "./fault";
import type { Finished } from "./finished";
import { same, type Octets } from "./octets";
import type { Profile } from "./profile";
import type { Halves } from "./provisioning";
import type { Run, Storage, TokenKey } from "./storage";

// oldKey finds the key that an order renews.
export async function oldKey(storage: Storage, order: Order): Promise<TokenKey | undefined> {
  if (order.replaces === undefined) return undefined;
  const old = await storage.find({ url: order.url, id: order.replaces });
  if (!old) throw unacceptable("there is no such key to be renewed");
  return old;
}

// echoed checks that the server sent the client's information back (RFC 6063, section 6.1).
export function echoed(sent: Octets | undefined, got: Extensions): void {
  if (sent && !(got.clientInfo && same(sent, got.clientInfo))) throw malformed("the server did not return the client's information");
}

// tokenKey is what is stored, after every MAC has been verified. The key type was the
// client's to offer and, in four passes, the server's to keep to.
export function tokenKey(run: Run, finished: Finished, profile: Profile, halves: Halves): TokenKey {
  const { key, device } = finished.container;
  if (!run.keyTypes.includes(key.profile.algorithm)) throw unacceptable("the key package is for another algorithm than was offered");
  const out: TokenKey = { url: run.url, id: key.id, token: halves.token, profile, counter: key.counter ?? 0n, policy: key.policy };
  const { issuer, friendlyName, userID } = key;
  const rest = { issuer, friendlyName, userID, serverID: finished.serverID, device };
  return Object.assign(out, Object.fromEntries(Object.entries(rest).filter(([, v]) => v !== undefined)));
}
