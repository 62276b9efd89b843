// Package pskc reads and writes key containers: the Portable Symmetric Key
// Container of RFC 6030 (PSKC), in which vendors deliver the seeds of hardware
// tokens, and reads the OATH CSV files that stand in its place.
//
// # Reading
//
// [Open], [NewReader] and [NewCSVReader] return a stream of [KeyPackage] values.
// Memory does not grow with the file. There are two kinds of failure: a
// [*RowError] concerns one key package, and the next call goes on behind it; a
// [*FileError] ends the reading: malformed XML, an unknown major version, an
// unknown MAC method, a wrong password. Both carry the line and the offset.
//
// Values may be plain, under a pre-shared key, under a password (PBKDF2) or under
// an RSA certificate; ciphers are AES-CBC, Triple-DES-CBC and AES key wrap with
// and without padding (RFC 3394, RFC 5649). Others are refused by name.
//
// What a file asks for and this package cannot enforce is handed on: a [Policy]
// says when and for what a key may be used ([Policy.Permit]); if any part of it
// was not understood the key must not be used at all (section 5).
//
// # Legacy variants
//
// With Options.Legacy the reader also takes what drafts of RFC 6030 and vendors'
// products wrote: the draft namespaces with SecretContainer, Device, DeviceId,
// KeyId, Usage and Data Name="SECRET"; EncryptionMethod, DigestMethod, salt and IV
// in the container; several keys in one Device (one bad key refuses the device);
// algorithm names behind "#"; MACs over the plain value, and the encryption key as
// MAC key; counters as big-endian integers; the padding of XML Encryption, of
// which only the last octet counts; PBKDF2-Params; lower-case attributes; Ids of
// the form "serial:slot". Each of these weakens a rule, so none is on by default.
// A MAC over the plain value can only be verified after decryption.
//
// # Writing
//
// [NewWriter] writes plain containers (by name only), and such under a pre-shared
// key, a password or a certificate, with AES-CBC or AES key wrap and HMAC-SHA256
// over every value. It refuses what the reader would refuse.
//
// # Invariants
//
//   - A ValueMAC is compared, in constant time, before its value is decrypted, and
//     a value under a CBC cipher without ValueMAC is refused (section 6.1.1).
//   - All failures to decrypt are one error, [ErrDecrypt].
//   - The hash function of a key comes from its suite or a column, never from the
//     length of the key.
//   - A value given both plain and encrypted is refused.
//   - An unknown cipher, MAC or key derivation never falls back to a known one.
//   - Secrets are of type [Secret], which prints, marshals and logs as
//     "[redacted]". Errors and warnings never hold values of Data elements.
//
// # Threats
//
// The file comes from outside and may be hostile. Document types, and with them
// entities and external subsets, are refused before anything is resolved;
// references to data outside the file are not followed; depth, attributes, names,
// token lengths, PBKDF2 iterations and the size of the file are bounded. A file
// stripped of its MACs, or with a plain value slipped in beside an encrypted one,
// is refused. PKCS #1 v1.5 is decrypted with implicit rejection. What is not
// protected: a plain file, and the choice of who may send one; ask for a
// signature ([VerifySignature]) or a MAC where that matters.
package pskc
