// Package webpush reads and writes Web Push for both sides: the encryption of messages
// (RFC 8291 over RFC 8188, aes128gcm), the identification of application servers (RFC 8292,
// VAPID) and the header fields of RFC 8030. Bytes in, values out: it opens no connection
// and has no clock.
//
// # A message
//
//	application server                    push service                    user agent
//	Receiver.Encrypt, Sign  ──POST──►  Verify, ParseTTL, ParseTopic  ──►  Subscriber.Decrypt
//
// The body is a header and one record:
//
//	16 bytes  salt, random
//	4 bytes   record size, big endian: 4096
//	1 byte    length of what follows, 65
//	65 bytes  public key of the sender, made for this message alone, an uncompressed point of P-256
//	n bytes   AES-128-GCM over plaintext, 0x02 and zeros; tag of 16 bytes
//
// Key and nonce come from ECDH between that key and the receiver's, mixed with the
// receiver's authentication secret, by HKDF-SHA-256 (RFC 8291, section 3.4).
//
// # Why not a library
//
// github.com/SherClockHolmes/webpush-go 1.4.0 was judged. It writes only the sender's side, so
// the emulated push service and its subscribers would need all of this anyway; it makes
// salt and key inside, so that the example of RFC 8291 cannot be tried on it; it takes the VAPID
// key as text, with a JWT library beside the one that we have; and it sends the request
// itself. The standard library has every primitive (crypto/ecdh, crypto/hkdf), and what is left
// is this package.
//
// # Strictness
//
// What is decrypted must be exactly one record with the last delimiter and zeros as padding,
// and a key of 65 bytes (RFC 8291, section 4). Base64 is that of RFC 4648, section 5, without
// padding and without spare bits. A VAPID token must be signed by ES256, name the audience, and
// run out within a day (RFC 8292, section 2). The text of keys and tokens is bounded.
//
// # Threats
//
// The push service reads the header fields and the length, never the message; it, or who
// stands on its way, can delay, drop and repeat. Who knows an endpoint and the two keys
// can send; so they are secrets. "none" or another algorithm in a token: only ES256 is
// known, and the key comes from the field beside the token, so that Verify proves possession
// of a key and the caller says whether it is the right one.
package webpush
