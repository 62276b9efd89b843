// Package keyring seals what must not be read from a stolen database: seeds,
// keys, delivered codes and, where the bank wants it, phone numbers
// (SCA-19, SCA-21, SCA-22).
//
// # Keys
//
// Three floors, each wrapping the one below:
//
//	key-encryption key   outside the database: a key file, an environment value, later a PKCS#11 device ([KEK])
//	data keys            table data_key, AES-256, wrapped by the key-encryption key; exactly one is active
//	sealed values        in the tables of the domain packages
//
// Key 0 is the root key. It never seals anything and never rotates: HMAC-SHA-256
// under keys derived from it (HKDF-SHA-256, RFC 5869) gives the stored form of
// codes and the searchable form of sealed columns ([Ring.MAC]), and subkeys for
// other uses ([Ring.Derive]); rotating it would make every stored code unknown.
// Keys 1, 2, 3 … are data keys. [Ring.Rotate] makes a new active one; retired ones
// still open old values until [Ring.Reseal] has moved every value to the active
// key. [Ring.Rewrap] moves all keys under a new key-encryption key without
// touching a sealed value.
//
//	active ──Rotate──► retired          (never back; a retired key is kept, because backups need it)
//
// # Sealed values
//
//	1 byte   version, 1
//	4 bytes  number of the data key, big endian
//	12 bytes random nonce
//	n bytes  ciphertext of AES-256-GCM, then the tag of 16 bytes
//
// The associated data are the label (one length byte, at most 255 bytes) and the
// 16 bytes of the row's id. A value moved to another row, another column or
// another installation does not open. The header needs no protection of its own:
// another version is refused and another number names another key.
//
// # Nonces
//
// A random nonce of 96 bits is safe for 2^32 values under one key (NIST
// SP 800-38D, section 8.3). Each ring counts what it seals and adds the count to
// data_key every second; [Ring.Run] rotates by itself at 2^31 and [Ring.Status]
// advises at 2^30. A crash loses at most one second of counting, which the factor
// of two covers.
//
// # Many nodes
//
// A ring reloads the key table every second ([Ring.Run]) and at once when it meets
// a value under a number that it does not know, so a rotation on one node never
// makes a value unreadable on another. Forged numbers cause at most sixteen reloads
// between two refreshes.
//
// # Invariants
//
//   - exactly one active data key (a partial unique index);
//   - a key number is never used twice;
//   - no key, in any form but wrapped, leaves this package except by Derive;
//   - a ring whose keys cannot be unwrapped does not open: fail closed.
//
// # Tables
//
// data_key. Reseal writes one column of other packages' tables, the one that
// each of them names in a [Column].
//
// # Threats
//
// A stolen database or backup: values stay sealed while the key-encryption key is
// elsewhere; so do not back both up to the same place. A thief who also has the
// key-encryption key reads everything; so the key file must be readable by
// its owner only, which is checked, and PKCS#11 takes its place where that is not
// enough. A database administrator who moves rows: see the associated data; who
// swaps rows of data_key: number and purpose are inside the wrapping. Plain keys
// stay in memory for as long as the process lives; core dumps are the operator's
// to disable.
package keyring
