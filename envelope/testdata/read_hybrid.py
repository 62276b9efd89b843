"""Reads the hybrid vectors as docs/companions/protocol.md says: X-Wing and the key schedule of HPKE
by hand, with ML-KEM-768, X25519 and AES-GCM of the package cryptography. python3 read_hybrid.py vectors.json"""
import hashlib
import hmac
import json
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mlkem, utils, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SUITE = b"HPKE" + bytes.fromhex("647a00010002")  # MLKEM768-X25519, HKDF-SHA256, AES-256-GCM


def extract(salt, ikm):
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def expand(prk, info, length):
    out, last, n = b"", b"", 1
    while len(out) < length:
        last = hmac.digest(prk, last + info + bytes([n]), "sha256")
        out, n = out + last, n + 1
    return out[:length]


def labeled_extract(salt, label, ikm):
    return extract(salt, b"HPKE-v1" + SUITE + label + ikm)


def labeled_expand(prk, label, info, length):
    return expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + info, length)


def keys(seed):
    b = hashlib.shake_256(seed).digest(96)
    return mlkem.MLKEM768PrivateKey.from_seed_bytes(b[:64]), x25519.X25519PrivateKey.from_private_bytes(b[64:])


def public(seed):
    pq, t = keys(seed)
    return pq.public_key().public_bytes_raw() + t.public_key().public_bytes_raw()


def receive(enc, seed, info):
    pq, t = keys(seed)
    ss_pq = pq.decapsulate(enc[:1088])
    ss_t = t.exchange(x25519.X25519PublicKey.from_public_bytes(enc[1088:]))
    shared = hashlib.sha3_256(ss_pq + ss_t + enc[1088:] + t.public_key().public_bytes_raw() + b"\\.//^\\").digest()
    context = b"\0" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
    secret = labeled_extract(shared, b"secret", b"")
    return (labeled_expand(secret, b"key", context, 32), labeled_expand(secret, b"base_nonce", context, 12),
            labeled_expand(secret, b"exp", context, 32))


def unpad(b):
    body = b.rstrip(b"\0")
    assert body[-1:] == b"\x80" and len(b) - len(body) < 256
    return body[:-1].decode()


def verify(x, scheme, signed, sig):
    signed = b"countersign/v1 sig" + signed
    if scheme == 1:
        ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(x["verifier"])).verify(sig, signed)
    elif scheme == 2:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(x["verifier"]))
        der = utils.encode_dss_signature(int.from_bytes(sig[:32], "big"), int.from_bytes(sig[32:], "big"))
        key.verify(der, signed, ec.ECDSA(hashes.SHA256()))
    else:
        assert hmac.compare_digest(hmac.digest(bytes.fromhex(x["signer_secret"]), signed, "sha256"), sig)


def check(x):
    b, seed = bytes.fromhex(x["message"]), bytes.fromhex(x["recipient_secret"])
    assert public(seed).hex() == x["recipient_public"]
    assert hashlib.sha256(b"countersign/v1 key\x02" + public(seed)).hexdigest()[:16] == x["recipient_key_id"] == b[6:14].hex()
    head, scheme = b[:51], b[5]
    cut = len(b) - (32 if scheme == 3 else 64)
    verify(x, scheme, b[:cut], b[cut:])
    key, nonce, exporter = receive(b[51:1171], seed, b"countersign/v1" + head[50:] + head[6:14])
    assert unpad(AESGCM(key).decrypt(nonce, b[1171:cut], head)) == x["body"]
    digest = hashlib.sha256(b).digest()
    assert digest.hex() == x["digest"]
    secret = labeled_expand(exporter, b"sec", b"countersign/v1 answer secret", 32)
    a = bytes.fromhex(x["answer"])
    assert a[:5] == b"CSA\x01\x02"
    key, nonce, _ = receive(a[5:1125], bytes.fromhex(x["own_secret"]), b"countersign/v1 answer" + secret)
    assert unpad(AESGCM(key).decrypt(nonce, a[1125:], a[:5] + digest)) == x["answer_body"]


mine = [x for x in json.load(open(sys.argv[1]))["messages"] if x["suite"] == "mlkem768-x25519"]
for vector in mine:
    check(vector)
print(f"{len(mine)} messages and {len(mine)} answers read")
