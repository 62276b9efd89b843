import { authenticationData, authenticationMAC, iterations, iterationsShared } from "./auth";
import type { Order, Setup } from "./client";
import { writeHello } from "./clienthello";
import { malformed, unacceptable } from "./fault";
import { readFinished, type Finished } from "./finished";
import { echoed, oldKey, tokenKey } from "./outcome";
import { wipe, type Octets } from "./octets";
import { prfOf, type PRF } from "./prf";
import { profileOf } from "./profile";
import { ciphersOf, keyOf, methodOf, openerOf, payloadOf, type Protection } from "./protection";
import { confirmation, renewalMAC, split, verify } from "./provisioning";
import { openValue } from "./sealed";
import type { Run, TokenKey } from "./storage";

// startTwoPass makes the ClientHello, which is the only message of the client. It throws a
// Fault.
export async function startTwoPass(setup: Setup, order: Order, protection: Protection): Promise<Run> {
  await oldKey(setup.storage, order);
  const prf = setup.prfs[0];
  if (!prf) throw unacceptable("no pseudo-random function is offered");
  // PRF-AES takes nonces of its key length only (profile IP-16).
  const rc = setup.random(setup.prfs.some((p) => p.exact) ? 16 : 32);
  const hello = writeHello({
    device: order.device,
    keyID: order.replaces,
    nonce: rc,
    keyTypes: setup.keyTypes,
    ciphers: ciphersOf(protection),
    macs: setup.prfs.map((p) => p.uri),
    protection: { method: methodOf(protection), payload: await payloadOf(protection, order.code) },
    authentication: await authenticate(prf, order, protection, rc),
    clientInfo: order.clientInfo,
  });
  const run: Run = {
    variant: "two-pass",
    url: order.url,
    clientID: order.code.clientID,
    messages: [hello],
    rc,
    prfs: setup.prfs.map((p) => p.uri),
    keyTypes: setup.keyTypes,
    method: methodOf(protection),
  };
  if (order.replaces !== undefined) run.replaces = { url: order.url, id: order.replaces };
  if (order.clientInfo) run.clientInfo = order.clientInfo;
  return run;
}

async function authenticate(prf: PRF, order: Order, protection: Protection, rc: Octets): Promise<string> {
  const count = protection.kind === "transport" ? iterations : iterationsShared;
  const k = await keyOf(protection, order.code, order.url);
  const mac = await authenticationMAC(prf, { code: order.code, url: order.url, k, rc, iterations: count });
  return authenticationData(order.code.clientID, count, prf, mac, rc);
}

// finishTwoPass opens the package and verifies the server's MACs: its confirmation and, for
// a key that is replaced, its knowledge of that one. It throws a Fault; nothing is stored
// here.
export async function finishTwoPass(run: Run, answer: Octets, protection: Protection, old: TokenKey | undefined): Promise<TokenKey> {
  const finished = await readFinished(answer);
  echoed(run.clientInfo, finished.extensions);
  const prf = chosenPRF(run, finished);
  const { serverID, container } = finished;
  if (!serverID) throw malformed("the key package has no ServerID");
  if (methodOf(protection) !== run.method || finished.method !== run.method) throw unacceptable("the key package is protected by another method than was offered");
  if (old) await verifyRenewal(run, finished, prf, old, serverID);
  const { secret } = container.key;
  if (!secret) throw malformed("the key package has no key");
  const profile = profileOf(container.key.profile);
  const prov = await openValue(secret.value, secret.mac, container.macMethod, await openerOf(protection, container.keyInfo));
  const halves = split(prov, profile);
  wipe(prov);
  await verify("confirmation", finished.mac.value, () => confirmation(prf, halves.mac, run.messages, serverID));
  return tokenKey(run, finished, profile, halves);
}

// chosenPRF is what the server's MAC names, or the first that was offered.
function chosenPRF(run: Run, finished: Finished): PRF {
  const named = finished.mac.algorithm ?? run.prfs[0] ?? "";
  const prf = run.prfs.includes(named) ? prfOf(named) : undefined;
  if (!prf) throw unacceptable("the server's MAC is of a kind that was not offered");
  return prf;
}

// verifyRenewal: both MACs are of one kind, and the second has at least 16 octets.
async function verifyRenewal(run: Run, finished: Finished, prf: PRF, old: TokenKey, serverID: string): Promise<void> {
  const { renewal } = finished;
  if ((renewal?.algorithm ?? prf.uri) !== prf.uri) throw unacceptable("the server's MACs are of two kinds");
  const length = renewal?.value.length ?? 0;
  if (renewal && (length < 16 || length > 256)) throw malformed("the server's proof of the old key has a wrong length");
  await verify("proof of the old key", renewal?.value, () => renewalMAC(prf, old.token, serverID, run.rc, length));
}
