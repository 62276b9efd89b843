import type { Device } from "./device";
import type { Octets } from "./octets";
import type { Policy } from "./policy";
import type { Profile } from "./profile";

// KeyRef names a key: key identifiers are unique for one server only.
export interface KeyRef {
  url: string; // of the server, as its characters stand
  id: string;
}

// TokenKey is a provisioned key with what its package says.
export interface TokenKey extends KeyRef {
  token: Octets; // K_TOKEN, which is also K_MAC' when the key is replaced
  profile: Profile;
  counter: bigint; // the first value of an event-based key
  policy: Policy;
  serverID?: string;
  issuer?: string;
  friendlyName?: string;
  userID?: string;
  device?: Device;
}

// Run is a run whose last message was sent and may have been lost. It holds secrets as
// worthy of protection as a key.
export interface Run {
  variant: "four-pass" | "two-pass";
  url: string;
  clientID: string;
  messages: Octets[]; // as they went, in turns; the last one is repeated
  rc: Octets;
  prfs: string[]; // one after the server has chosen
  keyTypes: string[];
  replaces?: KeyRef;
  clientInfo?: Octets; // that the last message carried
  agreed?: { sessionID: string; k: Octets; rs: Octets }; // four-pass
  method?: string; // two-pass: key protection method
}

// Storage keeps keys and at most one run. Where the octets rest, and under which key, is
// its business.
export interface Storage {
  find(ref: KeyRef): Promise<TokenKey | undefined>;
  // commit stores a key, deletes the one that it replaces and forgets the run: all or
  // nothing.
  commit(key: TokenKey, replaces: KeyRef | undefined): Promise<void>;
  keepRun(run: Run): Promise<void>;
  run(): Promise<Run | undefined>;
  dropRun(): Promise<void>;
}
