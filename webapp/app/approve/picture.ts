import { text, utf8, type Octets } from "../../token/octets";
import { fromBase64url } from "../server/proof";

// BadPicture says that a picture is not the bank's, or not one of this application.
export class BadPicture extends Error {}

// looksLikePicture tells a picture for approval from an activation code.
export const looksLikePicture = (scanned: string): boolean => /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(scanned.trim());

// contentOf verifies a picture (compact JWS, RFC 7515, with ES256) by the bank's keys that
// the app has kept, and returns the content that was signed. No network is asked. It
// throws BadPicture.
export async function contentOf(scanned: string, keys: JsonWebKey[]): Promise<string> {
  const [head = "", payload = "", signature = "", ...more] = scanned.trim().split(".");
  if (more.length > 0) throw new BadPicture("no picture");
  const kid = readHead(octets(head));
  const verified = await Promise.all(candidates(keys, kid).map((k) => verify(k, `${head}.${payload}`, octets(signature))));
  if (!verified.includes(true)) throw new BadPicture("the signature is not the bank's");
  return text(octets(payload));
}

function octets(part: string): Octets {
  try {
    return fromBase64url(part);
  } catch {
    throw new BadPicture("no picture");
  }
}

// readHead takes one type and one algorithm: a header chooses neither.
function readHead(octets: Octets): string {
  let head: Record<string, unknown>;
  try {
    head = JSON.parse(text(octets)) as Record<string, unknown>;
  } catch {
    throw new BadPicture("no picture");
  }
  if (head.alg !== "ES256" || head.typ !== "token-picture+jwt" || head.crit !== undefined || typeof head.kid !== "string") throw new BadPicture("another kind of picture");
  return head.kid;
}

const candidates = (keys: JsonWebKey[], kid: string): JsonWebKey[] => keys.filter((k) => (k as { kid?: string }).kid === kid && k.kty === "EC" && k.crv === "P-256");

async function verify(key: JsonWebKey, signed: string, signature: Octets): Promise<boolean> {
  try {
    const { kty = "", crv = "", x = "", y = "" } = key;
    const imported = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, signature, utf8(signed));
  } catch {
    return false; // a key that is none verifies nothing
  }
}
