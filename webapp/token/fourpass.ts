import { authenticationData, authenticationMAC, iterations } from "./auth";
import type { Order, Setup } from "./client";
import { writeHello, writeNonce } from "./clienthello";
import { malformed, unacceptable } from "./fault";
import { readFinished } from "./finished";
import { send } from "./http";
import { echoed, oldKey, tokenKey } from "./outcome";
import { ciphers, pskcPackage } from "./names";
import { concat, none, same, xor, type Octets } from "./octets";
import { derive, prfOf, type PRF } from "./prf";
import { profileOf } from "./profile";
import { agree, confirmation, helloMAC, verify } from "./provisioning";
import { encrypt } from "./rsa";
import { readServerHello, type ServerHello } from "./serverhello";
import type { Run, TokenKey } from "./storage";

// SharedKey encrypts the client's nonce in place of the server's public key. It has at
// least 16 octets, and exactly 16 for PRF-AES.
export interface SharedKey {
  name: string;
  key: Octets;
}

// startFourPass exchanges hellos and makes the ClientNonce, which the run then sends. It
// throws a Fault.
export async function startFourPass(setup: Setup, order: Order, shared?: SharedKey): Promise<Run> {
  const old = await oldKey(setup.storage, order);
  const r = old ? setup.random(16) : none;
  const offered = offeredCiphers(setup, shared);
  const hello = writeHello({
    device: order.device,
    keyID: order.replaces,
    nonce: old && r,
    keyTypes: setup.keyTypes,
    ciphers: offered,
    macs: setup.prfs.map((p) => p.uri),
    clientInfo: order.clientInfo,
  });
  const answer = await send(setup, order.url, hello);
  const chosen = await readServerHello(answer);
  const prf = checkChoice(setup, chosen, offered);
  echoed(order.clientInfo, chosen.extensions);
  if (old) await verifyHello(setup, chosen, prf, old.token, r);
  const k = await keyOf(setup, chosen, shared);
  const rc = setup.random(prf.exact ? prf.size : 32);
  const nonce = await makeNonce(prf, order, chosen, k, rc);
  const run: Run = {
    variant: "four-pass",
    url: order.url,
    clientID: order.code.clientID,
    messages: [hello, answer, nonce],
    rc,
    prfs: [prf.uri],
    keyTypes: [chosen.keyType],
    agreed: { sessionID: chosen.sessionID, k, rs: chosen.rs },
  };
  if (order.replaces !== undefined) run.replaces = { url: order.url, id: order.replaces };
  return run;
}

// offeredCiphers: RSA-OAEP for a public key, XOR with a pseudo-random string for a shared
// one (section 4.2.3; profile IP-11, IP-24).
function offeredCiphers(setup: Setup, shared: SharedKey | undefined): string[] {
  if (!shared) return [ciphers.oaep];
  return setup.prfs.filter((p) => !p.exact || shared.key.length === p.size).map((p) => p.uri);
}

// checkChoice: the server picks from what was offered.
function checkChoice(setup: Setup, chosen: ServerHello, offered: string[]): PRF {
  const prf = setup.prfs.find((p) => p.uri === chosen.prf);
  const known = setup.keyTypes.includes(chosen.keyType) && offered.includes(chosen.cipher) && chosen.packageFormat === pskcPackage;
  if (!prf || !known) throw unacceptable("the server chose what was not offered");
  return prf;
}

async function verifyHello(setup: Setup, chosen: ServerHello, prf: PRF, oldToken: Octets, r: Octets): Promise<void> {
  const named = chosen.mac?.algorithm === undefined ? prf : setup.prfs.find((p) => p.uri === chosen.mac?.algorithm);
  if (!named) throw unacceptable("the server's MAC is of a kind that was not offered");
  await verify("proof of the old key", chosen.mac?.value, () => helloMAC(named, oldToken, r, chosen.rs));
}

// keyOf is K: the octets of the shared key, or the server's public key in DER.
async function keyOf(setup: Setup, chosen: ServerHello, shared: SharedKey | undefined): Promise<Octets> {
  if (shared) {
    if (chosen.key.name !== shared.name) throw unacceptable("the server chose another shared key");
    return shared.key;
  }
  const { spki } = chosen.key;
  if (!spki) throw malformed("the ServerHello has no public key");
  if (setup.serverKeys && !setup.serverKeys.some((known) => same(known, spki))) throw unacceptable("the server's public key is not the one that is known");
  return spki;
}

async function makeNonce(prf: PRF, order: Order, chosen: ServerHello, k: Octets, rc: Octets): Promise<Octets> {
  const stream = prfOf(chosen.cipher);
  const encrypted = stream ? xor(rc, await derive(stream, k, concat("Encryption", chosen.rs), rc.length)) : await encrypt(k, rc);
  const mac = await authenticationMAC(prf, { code: order.code, url: order.url, k, rc, rs: chosen.rs, iterations });
  const authentication = authenticationData(order.code.clientID, iterations, prf, mac);
  return writeNonce(chosen.sessionID, encrypted, authentication, chosen.extensions.serverInfo);
}

// finishFourPass computes the key and verifies the server's confirmation of it. It throws a
// Fault; nothing is stored here.
export async function finishFourPass(run: Run, answer: Octets): Promise<TokenKey> {
  const finished = await readFinished(answer);
  const prf = prfOf(run.prfs[0] ?? "");
  const { agreed } = run;
  if (!prf || !agreed) throw malformed("the run that was kept is not whole");
  if (finished.sessionID !== undefined && finished.sessionID !== agreed.sessionID) throw malformed("the answer is of another session");
  if (finished.container.key.secret) throw unacceptable("the key package has a key, which no server may send in four passes");
  if ((finished.mac.algorithm ?? prf.uri) !== prf.uri) throw unacceptable("the server's MAC is of another kind than agreed");
  const profile = profileOf(finished.container.key.profile);
  const halves = await agree(prf, run.rc, agreed.k, agreed.rs, profile);
  await verify("confirmation", finished.mac.value, () => confirmation(prf, halves.mac, run.messages));
  return tokenKey(run, finished, profile, halves);
}
