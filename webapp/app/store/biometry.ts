import { concat, utf8, wipe, type Octets } from "../../token/octets";
import type { Biometry } from "./db";

// Unlocking by fingerprint or face: an authenticator of this device computes a secret (PRF
// extension of WebAuthn, level 3) only after it has verified its user. The token's key rests
// under that secret, in a mode with a check of its own: here it is no oracle, for nobody can
// try authenticators.

// label separates this use of the output from any other.
const label = "countersign mobile token unlock";

// possible reports whether this device has an authenticator of its own that verifies users.
// Whether it has the PRF shows only when it is used.
export async function possible(): Promise<boolean> {
  if (typeof PublicKeyCredential === "undefined") return false;
  try {
    return await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable();
  } catch {
    return false;
  }
}

// NoPRF says that the authenticator has no such function.
export class NoPRF extends Error {}

// enroll makes a credential and puts the token's key under it. It throws NoPRF, or what the
// browser throws when its user does not agree.
export async function enroll(keyID: string, who: string, secret: Octets): Promise<Biometry> {
  const salt = random(32);
  const made = (await navigator.credentials.create({ publicKey: creation(keyID, who, salt) })) as PublicKeyCredential | null;
  if (!made) throw new NoPRF("there is no credential");
  const first = made.getClientExtensionResults().prf;
  if (first?.enabled === false) throw new NoPRF("the authenticator has no PRF");
  const credential = new Uint8Array(made.rawId);
  // Not every authenticator computes the output when a credential is made.
  const output = octets(first?.results?.first) ?? (await evaluate(credential, salt));
  const iv = random(12);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf8(keyID) }, await keyOf(output), secret);
  wipe(output);
  return { keyID, credential, salt, iv, sealed: new Uint8Array(sealed) };
}

// unlock asks the authenticator, and so its user, and opens the token's key.
export async function unlock(b: Biometry): Promise<Octets> {
  const output = await evaluate(b.credential, b.salt);
  const key = await keyOf(output);
  wipe(output);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: b.iv, additionalData: utf8(b.keyID) }, key, b.sealed));
}

function creation(keyID: string, who: string, salt: Octets): PublicKeyCredentialCreationOptions {
  return {
    rp: { name: who },
    // No login comes of this credential: the server never hears of it, and no challenge counts.
    user: { id: concat("token:", keyID).slice(0, 64), name: who, displayName: who },
    challenge: random(32),
    pubKeyCredParams: [
      { type: "public-key", alg: -7 },
      { type: "public-key", alg: -257 },
    ],
    authenticatorSelection: { authenticatorAttachment: "platform", userVerification: "required", residentKey: "discouraged" },
    timeout: 120_000,
    extensions: { prf: { eval: { first: salt } } },
  };
}

async function evaluate(credential: Octets, salt: Octets): Promise<Octets> {
  const got = (await navigator.credentials.get({
    publicKey: {
      challenge: random(32),
      allowCredentials: [{ type: "public-key", id: credential, transports: ["internal"] }],
      userVerification: "required",
      timeout: 120_000,
      extensions: { prf: { eval: { first: salt } } },
    },
  })) as PublicKeyCredential | null;
  const output = octets(got?.getClientExtensionResults().prf?.results?.first);
  if (!output) throw new NoPRF("the authenticator has no PRF");
  return output;
}

async function keyOf(output: Octets): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", output, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: utf8(label) }, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

const random = (length: number): Octets => crypto.getRandomValues(new Uint8Array(length));

function octets(value: BufferSource | undefined): Octets | undefined {
  if (value === undefined) return undefined;
  return value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength));
}
