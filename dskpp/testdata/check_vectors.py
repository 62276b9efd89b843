"""Checks vectors.json by the formulas of RFC 6063 alone: python3 check_vectors.py

It shares no code with package dskpp. AES comes from the program openssl.
"""
import base64
import hashlib
import hmac
import json
import os
import re
import struct
import subprocess

H = bytes.fromhex
here = os.path.dirname(os.path.abspath(__file__))
v = json.load(open(os.path.join(here, "vectors.json")))


def ecb(k, b):
    p = subprocess.run(["openssl", "enc", "-aes-128-ecb", "-K", k.hex(), "-nopad"], input=b, capture_output=True, check=True)
    return p.stdout


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def double(a):
    n = int.from_bytes(a, "big") << 1
    if n >> 128:
        n = (n & ((1 << 128) - 1)) ^ 0x87
    return n.to_bytes(16, "big")


def cmac(k, m):
    k1 = double(ecb(k, bytes(16)))
    n = max(1, (len(m) + 15) // 16)
    last = m[(n - 1) * 16:]
    last = xor(last, k1) if len(last) == 16 else xor((last + b"\x80").ljust(16, b"\0"), double(k1))
    x = bytes(16)
    for i in range(n - 1):
        x = ecb(k, xor(x, m[i * 16:i * 16 + 16]))
    return ecb(k, xor(x, last))


def prf(alg, k, s, n):
    out, i = b"", 1
    while len(out) < n:
        b = struct.pack(">I", i) + s
        out += hmac.new(k, b, hashlib.sha256).digest() if alg.endswith("sha256") else cmac(k, b)
        i += 1
    return out[:n]


def x25(s):
    c = 0xFFFF
    for b in s.encode():
        c ^= b
        for _ in range(8):
            c = (c >> 1) ^ 0x8408 if c & 1 else c >> 1
    return c ^ 0xFFFF


def value(tag, m):
    return base64.b64decode(re.search("<dskpp:%s(?: [^>]*)?>([^<]*)<" % tag, m).group(1))


def same(a, b, what):
    if a != b:
        raise SystemExit("%s differs: %r, %r" % (what, a, b))


for p in v["prf"]:
    same(prf(p["algorithm"], H(p["key"]), p["text"].encode(), len(p["output"]) // 2), H(p["output"]), "prf")
for c in v["codes"]:
    fields = "1%02X%s2%02X%s" % (len(c["client_id"]), c["client_id"], len(c["password"]), c["password"])
    same(c["bare"][:len(fields)], fields, "code")
    same(c["text"], c["bare"] + "304%04X" % x25(c["bare"]), "checksum")
for k in v["k_ac"]:
    same(hashlib.pbkdf2_hmac("sha1", k["password"].encode(), H(k["r_c"]) + H(k["k"]), k["iterations"], 16), H(k["k_ac"]), "k_ac")
for p in v["passphrase_key"]:
    salt = hashlib.sha256(b"DSKPP passphrase K\0" + p["client_id"].encode() + b"\0" + p["url"].encode()).digest()[:16]
    same(hashlib.pbkdf2_hmac("sha1", p["passphrase"].encode(), salt, 100000, 16), H(p["k"]), "passphrase_key")

for r in v["runs"]:
    m, alg, name = r["messages"], r["macs"][0], "run " + r["name"] + ": "
    cut = 16 if alg.endswith("128") else 32
    kprov, kmac, rc, k, rs, server = H(r["k_prov"]), H(r["k_mac"])[:cut], H(r["r_c"]), H(r["k"]), b"", ""
    old = H(r.get("old_token", ""))[:cut]
    n = int(r["code"][1:3], 16)
    client = r["code"][3:3 + n]
    rest = r["code"][3 + n:]
    password = rest[3:3 + int(rest[1:3], 16)]
    if r["variant"] == "FourPass":
        rs, proof = value("Nonce", m[1]), m[2]
        same(prf(alg, rc, b"Key generation" + k + rs, len(kprov)), kprov, name + "K_PROV")
        if r.get("shared"):
            e = value("EncryptedNonce", m[2])
            same(xor(prf(r["encryption"][0], H(r["shared"]), b"Encryption" + rs, len(e)), e), rc, name + "R_C")
        if old:
            same(prf(alg, old, b"MAC 1 computation" + value("ClientNonce", m[0]) + rs, len(rs)), value("Mac", m[1]), name + "MAC of the hello")
    else:
        proof, server = m[0], r["server_id"]
        same(value("ClientNonce", m[0]), rc, name + "R_C")
        if old:
            last = m[1][m[1].rindex("<dskpp:AuthenticationData>"):]
            same(prf(alg, old, b"MAC 2 computation" + server.encode() + rc, 16), value("Mac", last), name + "MAC 2")
    count = int(re.search(r"IterationCount>(\d+)<", proof).group(1))
    kac = hashlib.pbkdf2_hmac("sha1", password.encode(), rc + k, count, 16)
    same(prf(alg, kac, client.encode() + r["url"].encode() + rc + rs, 16), value("Mac", proof), name + "the user's MAC")
    digest = hashlib.sha256("".join(m[:-1]).encode()).digest()
    finished = m[-1].split("</dskpp:KeyPackage>")[1]
    same(prf(alg, kmac, b"MAC 1 computation" + digest + server.encode(), 32), value("Mac", finished), name + "MAC 1")
    half = len(kprov) // 2
    same(kprov[:half][:len(H(r["k_mac"]))], H(r["k_mac"]), name + "K_MAC")
    same(kprov[half:][:len(H(r["k_token"]))], H(r["k_token"]), name + "K_TOKEN")

print("%d runs" % len(v["runs"]))
