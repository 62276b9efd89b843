import { Client } from "../../token/client";
import type { Code } from "../../token/code";
import { wipe, type Octets } from "../../token/octets";
import type { KeyRef, Run, Storage, TokenKey } from "../../token/storage";
import type { Clock } from "../clock";
import { newDeviceKey } from "../server/proof";
import type { Phone, Server } from "../server/server";
import type { Token } from "../server/types";
import type { Kept, Store } from "../store/db";
import { seal } from "../store/vault";
import { toSend } from "./secure";

// provision runs DSKPP with an activation code and keeps the key, under the PIN, as pending.
// The key itself is returned for the first code, and is the caller's to wipe.
export async function provision(store: Store, url: string, code: Code, pin: Octets, fetcher?: typeof fetch): Promise<Octets> {
  const storage = new Pending(store, pin);
  const client = new Client({
    storage,
    fetch: fetcher ?? ((u, init) => fetch(u, init)),
    attempts: 4,
    pause: (attempt) => new Promise((done) => setTimeout(done, 500 * 2 ** attempt)),
  });
  const key = await client.fourPass({ url, code });
  return key.token;
}

// Pending is a storage of DSKPP that keeps one key, sealed under the PIN. A run, whose
// messages with the server's answer would tell a right PIN from a wrong one, is in memory only:
// who closes the app between two messages needs a new activation code.
class Pending implements Storage {
  private kept: Run | undefined;

  constructor(
    private readonly store: Store,
    private readonly pin: Octets,
  ) {}

  find(_ref: KeyRef): Promise<TokenKey | undefined> {
    return Promise.resolve(undefined);
  }

  async commit(key: TokenKey): Promise<void> {
    const pending: Kept = {
      keyID: key.id,
      url: key.url,
      serial: key.device?.SerialNo ?? "",
      name: "",
      profile: key.profile,
      counter: key.counter,
      sent: -1,
      shown: -1,
      sealed: await seal(this.pin, key.token),
      device: await newDeviceKey(),
    };
    await this.store.put("pending", pending);
    await this.dropRun();
  }

  keepRun(run: Run): Promise<void> {
    this.kept = run;
    return Promise.resolve();
  }

  run(): Promise<Run | undefined> {
    return Promise.resolve(this.kept);
  }

  dropRun(): Promise<void> {
    wipe(this.kept?.rc, this.kept?.agreed?.k);
    this.kept = undefined;
    return Promise.resolve();
  }
}

// confirm sends the first secure code of the pending key and the device's public key. When the
// server agrees, the token is the one in use, and what was in use before is gone, with
// what unlocked it.
export async function confirm(store: Store, server: Server, clock: Clock, key: Octets, phone: Phone): Promise<Token> {
  const code = await toSend(store, "pending", key, clock);
  const pending = await store.get("pending");
  if (!pending) throw new Error("nothing is to be confirmed");
  const token = await server.confirm(pending.keyID, code, pending.device, phone);
  const kept: Kept = { ...pending, sent: Math.max(pending.sent, -1), tokenID: token.id, serial: token.serial, name: token.name };
  await store.change((values) => {
    values.put(kept, "token");
    values.delete("pending");
    values.delete("biometry");
  });
  return token;
}
