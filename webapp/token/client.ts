import type { Code } from "./code";
import type { Device } from "./device";
import { Fault, readable, unacceptable } from "./fault";
import { finishFourPass, startFourPass, type SharedKey } from "./fourpass";
import { checkURL, send, type Fetch, type Sender } from "./http";
import { keyTypes } from "./names";
import type { Octets } from "./octets";
import { prfAES, prfSHA256, type PRF } from "./prf";
import type { Protection } from "./protection";
import type { Run, Storage, TokenKey } from "./storage";
import { finishTwoPass, startTwoPass } from "./twopass";

// Options are what a client works with.
export interface Options {
  storage: Storage;
  fetch: Fetch;
  random?: (length: number) => Octets; // crypto.getRandomValues by default
  keyTypes?: string[]; // in the order of preference; HOTP, TOTP and OCRA by default
  prfs?: PRF[]; // in the order of preference; both by default
  serverKeys?: Octets[]; // the only public keys (DER) that a server may have; any by default
  attempts?: number; // per message; 3 by default
  pause?: (attempt: number) => Promise<void>; // none by default
}

// Order is one provisioning that a person wants.
export interface Order {
  url: string;
  code: Code;
  device?: Device; // as in the trigger, or shared before
  replaces?: string; // identifier of the key to be renewed
  clientInfo?: Octets;
}

// Setup is Options with all defaults filled in.
export type Setup = Required<Omit<Options, "serverKeys">> & Sender & { serverKeys: Octets[] | undefined };

// Client runs DSKPP (RFC 6063). It keeps nothing itself and shows nothing.
export class Client {
  private readonly setup: Setup;

  constructor(options: Options) {
    this.setup = {
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      keyTypes: Object.values(keyTypes),
      prfs: [prfSHA256, prfAES],
      attempts: 3,
      pause: () => Promise.resolve(),
      serverKeys: undefined,
      ...options,
    };
  }

  // fourPass agrees on a key that both sides contribute to, under the server's public key
  // or one shared before. It resolves when the key is committed, and throws a Fault.
  fourPass(order: Order, shared?: SharedKey): Promise<TokenKey> {
    return this.provision(order, () => startFourPass(this.setup, order, shared));
  }

  // twoPass takes a key that the server made.
  twoPass(order: Order, protection: Protection): Promise<TokenKey> {
    return this.provision(order, () => startTwoPass(this.setup, order, protection), protection);
  }

  // resume repeats the last message of a run that lost its answer. It resolves to undefined
  // when there is none. A two-pass run needs its protection again.
  async resume(protection?: Protection): Promise<TokenKey | undefined> {
    const run = await this.setup.storage.run();
    return run && this.finish(run, protection);
  }

  // abandon forgets a run and its secrets.
  abandon(): Promise<void> {
    return this.setup.storage.dropRun();
  }

  // provision starts once more after InitializationFailed (RFC 6063, section 3.3).
  private async provision(order: Order, start: () => Promise<Run>, protection?: Protection): Promise<TokenKey> {
    checkURL(order.url);
    const once = async (): Promise<TokenKey> => this.finish(await this.begin(start), protection);
    try {
      return await once();
    } catch (e) {
      if (!(e instanceof Fault) || e.status !== "InitializationFailed") throw e;
      return once();
    }
  }

  private async begin(start: () => Promise<Run>): Promise<Run> {
    await this.setup.storage.dropRun();
    const run = await start();
    await this.setup.storage.keepRun(run);
    return run;
  }

  // finish sends the last message and commits what its answer proves. After any failure but
  // a lost answer the run is over, and its secrets are deleted (section 3.3).
  private async finish(run: Run, protection?: Protection): Promise<TokenKey> {
    try {
      const answer = await send(this.setup, run.url, run.messages[run.messages.length - 1] as Octets);
      const key = await readable("the key package", () => this.open(run, answer, protection));
      await this.refuseOverwriting(run, key);
      await this.setup.storage.commit(key, run.replaces);
      return key;
    } catch (e) {
      if (e instanceof Fault && e.why !== "transport") await this.setup.storage.dropRun();
      throw e;
    }
  }

  private async open(run: Run, answer: Octets, protection?: Protection): Promise<TokenKey> {
    const old = run.replaces && (await this.setup.storage.find(run.replaces));
    if (run.replaces && !old) throw unacceptable("the key to be replaced is gone");
    if (run.variant === "four-pass") return finishFourPass(run, answer);
    if (!protection) throw unacceptable("a two-pass run needs its protection to be resumed");
    return finishTwoPass(run, answer, protection, old);
  }

  // refuseOverwriting: only a renewal may replace a key, and only its own (section 4.2.5).
  private async refuseOverwriting(run: Run, key: TokenKey): Promise<void> {
    if (key.id !== run.replaces?.id && (await this.setup.storage.find(key))) throw unacceptable("the server would overwrite another key");
  }
}
