// Reads docs/companions/vectors.json as protocol.md says, with nothing but the primitives of Node: an example for makers
// of devices, and a second opinion on the vectors. Suite 1 (X25519).
//
//	node reader.mjs vectors.json
import { readFileSync } from "node:fs";
import crypto from "node:crypto";

const hex = (s) => Buffer.from(s, "hex");
const text = (s) => Buffer.from(s, "utf8");
const cat = (...parts) => Buffer.concat(parts);

// --- HPKE, RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, one message.
const kemSuite = cat(text("KEM"), Buffer.from([0, 0x20]));
const suite = cat(text("HPKE"), Buffer.from([0, 0x20, 0, 1, 0, 1]));
const extract = (salt, ikm) => crypto.createHmac("sha256", salt.length ? salt : Buffer.alloc(32)).update(ikm).digest();

function expand(prk, info, length) {
  let out = Buffer.alloc(0), last = Buffer.alloc(0);
  for (let n = 1; out.length < length; n++) {
    last = crypto.createHmac("sha256", prk).update(cat(last, info, Buffer.from([n]))).digest();
    out = cat(out, last);
  }
  return out.subarray(0, length);
}

const labeledExtract = (id, salt, label, ikm) => extract(salt, cat(text("HPKE-v1"), id, text(label), ikm));
const labeledExpand = (id, prk, label, info, length) => expand(prk, cat(Buffer.from([length >> 8, length & 255]), text("HPKE-v1"), id, text(label), info), length);

const pkcs8 = hex("302e020100300506032b656e04220420");
const spki = hex("302a300506032b656e032100");
const privateKey = (secret) => crypto.createPrivateKey({ key: cat(pkcs8, secret), format: "der", type: "pkcs8" });
const publicOctets = (secret) => crypto.createPublicKey(privateKey(secret)).export({ format: "der", type: "spki" }).subarray(12);

function receive(enc, secret, info) {
  const peer = crypto.createPublicKey({ key: cat(spki, enc), format: "der", type: "spki" });
  const dh = crypto.diffieHellman({ privateKey: privateKey(secret), publicKey: peer });
  const prk = labeledExtract(kemSuite, Buffer.alloc(0), "eae_prk", dh);
  const shared = labeledExpand(kemSuite, prk, "shared_secret", cat(enc, publicOctets(secret)), 32);
  const none = Buffer.alloc(0);
  const context = cat(Buffer.from([0]), labeledExtract(suite, none, "psk_id_hash", none), labeledExtract(suite, none, "info_hash", info));
  const key = labeledExtract(suite, shared, "secret", none);
  return {
    key: labeledExpand(suite, key, "key", context, 16),
    nonce: labeledExpand(suite, key, "base_nonce", context, 12),
    exporter: labeledExpand(suite, key, "exp", context, 32),
  };
}

function open(c, aad, ct) {
  const d = crypto.createDecipheriv("aes-128-gcm", c.key, c.nonce);
  d.setAAD(aad);
  d.setAuthTag(ct.subarray(ct.length - 16));
  return cat(d.update(ct.subarray(0, ct.length - 16)), d.final());
}

// --- The protocol.
function unpad(b) {
  let n = b.length - 1;
  while (n >= 0 && b[n] === 0) n--;
  if (b[n] !== 0x80 || b.length - n > 256) throw new Error("padding");
  return b.subarray(0, n).toString("utf8");
}

const n256 = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

function verify(x, scheme, message, sig) {
  const signed = cat(text("countersign/v1 sig"), message);
  if (scheme === 1) {
    const key = crypto.createPublicKey({ key: cat(hex("302a300506032b6570032100"), hex(x.verifier)), format: "der", type: "spki" });
    return crypto.verify(null, signed, key, sig);
  }
  if (scheme === 2) {
    if (BigInt("0x" + sig.subarray(32).toString("hex")) > n256 / 2n) return false;
    const key = crypto.createPublicKey({ key: cat(hex("3059301306072a8648ce3d020106082a8648ce3d030107034200"), hex(x.verifier)), format: "der", type: "spki" });
    return crypto.verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, sig);
  }
  return crypto.timingSafeEqual(crypto.createHmac("sha256", hex(x.signer_secret)).update(signed).digest(), sig);
}

function read(x, b) {
  const scheme = b[5], sigBytes = { 1: 64, 2: 64, 3: 32 }[scheme];
  const ctBytes = b.length - 51 - 32 - sigBytes;
  if (b.subarray(0, 4).toString("latin1") !== "CSE\x01" || b[4] !== 1 || !sigBytes || ctBytes < 272 || ctBytes % 256 !== 16) throw new Error("form");
  if (!b.subarray(6, 14).equals(hex(x.recipient_key_id))) throw new Error("key");
  const signed = b.subarray(0, b.length - sigBytes), header = b.subarray(0, 51);
  if (!verify(x, scheme, signed, b.subarray(b.length - sigBytes))) throw new Error("signature");
  const info = cat(text("countersign/v1"), header.subarray(50), header.subarray(6, 14));
  const c = receive(signed.subarray(51, 83), hex(x.recipient_secret), info);
  const body = unpad(open(c, header, signed.subarray(83)));
  const secret = labeledExpand(suite, c.exporter, "sec", text("countersign/v1 answer secret"), 32);
  return {
    body, secret, device: header.subarray(14, 30).toString("hex"), epoch: header.readUInt32BE(30), seq: Number(header.readBigUInt64BE(34)),
    sentAt: Number(header.readBigUInt64BE(42)), kind: header[50], digest: crypto.createHash("sha256").update(b).digest(),
  };
}

function readAnswer(x, m, b) {
  const head = b.subarray(0, 5);
  if (head.toString("latin1") !== "CSA\x01\x01") throw new Error("form");
  const c = receive(b.subarray(5, 37), hex(x.own_secret), cat(text("countersign/v1 answer"), m.secret));
  return unpad(open(c, cat(head, m.digest), b.subarray(37)));
}

const vectors = JSON.parse(readFileSync(process.argv[2], "utf8"));
const mine = vectors.messages.filter((x) => x.suite === "x25519");
let answers = 0, refused = 0;
for (const x of mine) {
  const id = crypto.createHash("sha256").update(cat(text("countersign/v1 key"), Buffer.from([1]), publicOctets(hex(x.recipient_secret)))).digest("hex").slice(0, 16);
  const m = read(x, hex(x.message));
  const same = m.body === x.body && m.device === x.device && m.epoch === x.epoch && m.seq === x.seq && m.sentAt === x.sent_at && m.kind === x.kind;
  if (!same || m.digest.toString("hex") !== x.digest || id !== x.recipient_key_id) throw new Error("differs: " + x.scheme);
  if (readAnswer(x, m, hex(x.answer)) !== x.answer_body) throw new Error("the answer differs");
  answers++;
}
for (const r of vectors.refused) {
  try {
    read(mine[0], hex(r.message));
  } catch {
    refused++;
    continue;
  }
  throw new Error("taken: " + r.why);
}
console.log(`${mine.length} messages and ${answers} answers read, ${refused} refused`);
