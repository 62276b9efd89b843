import { wipe, type Octets } from "../../token/octets";
import { unlock } from "../store/biometry";
import type { Kept, Store } from "../store/db";
import { open } from "../store/vault";

// Opening is how the owner opens the token's key: by a PIN, of which nobody here knows
// whether it is right, or by what the device verifies.
export type Opening = { pin: Octets } | "biometry";

// withKey opens the token's key, works with it and overwrites it, and the PIN.
export async function withKey<T>(store: Store, token: Kept, how: Opening, f: (key: Octets) => Promise<T>): Promise<T> {
  const key = await opened(store, token, how);
  try {
    return await f(key);
  } finally {
    wipe(key);
  }
}

async function opened(store: Store, token: Kept, how: Opening): Promise<Octets> {
  if (how !== "biometry") {
    try {
      return await open(how.pin, token.sealed);
    } finally {
      wipe(how.pin);
    }
  }
  const b = await store.get("biometry");
  if (!b || b.keyID !== token.keyID) throw new Error("no biometry is set up for this token");
  return unlock(b);
}
