// Package cryptogram makes and checks the cryptograms that authorize payments: whole ones, as an issuer's host
// computes them, and split ones, for which two devices of a person must work together.
//
// It is a protocol package: keys, data and counters in, cryptograms out. It has no clock, no storage and no log.
//
// # Suites
//
//	AES      keys of two halves of 16 octets, blocks of 16 octets; the default
//	TDES     keys of two halves of 8 octets, blocks of 8: EMV's, for interoperation
//
// In both, a block is E_K1(D_K2(E_K1(x))), and data of any length are chained under K1, padded by 80 00 …, with that block as
// the last one: ISO/IEC 9797-1, algorithm 3, padding method 2. With TDES this is the cryptogram of EMV Book 2, A1.2.1, so
// any issuer's host can check it. FIPS 140 mode has no triple DES: there [Suite.Available] refuses the suite TDES.
//
// # Split cryptograms
//
// [Split] gives K1 to the primary device and K2 to the secondary, and two intermediate keys K3 and K4 to both. With h for what K1 makes
// of all blocks but the last, and x for the last one:
//
//	primary    C1  = E_K4(D_K3(E_K1(x xor h)))      Primary.First
//	secondary  C2  = D_K2(E_K3(D_K4(C1)))           Secondary.Answer, Plain
//	           C2' = D_K3(E_K4(C2))                 Secondary.Answer, Protected
//	primary    C   = E_K1(C2)                       Primary.Final, Plain
//	           C   = E_K1(D_K4(E_K3(C2')))          Primary.Final, Protected
//
// The result is the whole cryptogram under K1 ‖ K2, whatever K3 and K4 are: whoever checks it need not know that it was split.
//
// # Keys
//
//	UDK     key of an account: [AccountKey], from an issuer's master key, PAN and sequence number
//	LUK     limited-use key: [LimitedKey], from the UDK and an [Index] (year, hour, counter); never stored, derived again
//	session [SessionKey], from the UDK and the transaction counter: EMV common session keys
//
// # Credentials under keys of other devices
//
// A [KEK] is derived from a shared key and the data of one or several secondaries ([Combination]: sum, exclusive or, one behind the
// other), and seals credentials with AES-GCM, bound to token, key and devices ([Binding]). [Crossed] says which part lies where,
// so that no device holds a part together with what opens it.
//
// # Invariants
//
//   - the split equals the whole for every input;
//   - nothing is unwrapped under the data of another device, another token or another key: there is an error and never garbage;
//   - a device is not combined with itself: under exclusive or it would cancel itself out;
//   - no key is printed, whatever the verb.
//
// # Threats
//
//   - With TDES the secondary sees E_K1(x); if it knows x, K1 falls to 2^56 tries, and the primary can search K2 likewise. Keys
//     of the suite must live hours to days and few uses. AES halves have 128 bits.
//   - Plain answers show D_K2(E_K1(x)) on the link: [Protected] is the zero value.
//   - Identifiers of devices are no secrets: the profile [Patent] rests on the shared key of the primary alone. [Hardened] adds a
//     random secret of the secondary.
//   - The split proves that K2 was used now, not that it was near: a relay passes.
package cryptogram
