// Package password is authentication with a password that the customer knows: the
// hashes, those that another server made, and the check.
//
// # What is kept
//
// A row of password is the one password of a customer, as a hash in text (PHC form),
// sealed with the label "password.hash" under the customer's id: hashes that came
// from elsewhere may be weak, and a stolen database alone gives none of them away.
// Hashes of ours are Argon2id with the costs of package argon (RFC 9106; SCA-47).
//
// # Hashes from elsewhere
//
//	family   forms                                            bounds
//	argon2   PHC, variants id and i, v=19                     256 MiB, 16 passes, memory × passes 1 GiB
//	bcrypt   $2a$ $2b$ $2y$                                   cost 4 to 14
//	pbkdf2   PHC, passlib ($pbkdf2-sha256$29000$…), Django    2,000,000 iterations, 64 bytes, 4,000,000 blocks
//	         (pbkdf2_sha256$…); SHA-1, SHA-256, SHA-512
//
// [ReadHash] refuses all else, and hashes beyond the bounds: whoever could plant one
// could keep the server busy. What is over the bounds costs about a second.
//
// A hash from elsewhere is of the bytes that were typed (of bcrypt, the first 72);
// ours is of the normal form NFKC, so that a password is the same on every keyboard
// (NIST SP 800-63B-4, section 3.1.1.2).
//
//	row           right password                                    wrong password
//	imported      accepted; our hash takes the place of the other   refused
//	ours          accepted                                          refused
//	none          (there is none)                                   refused
//	imported, of  accepted; stays, because bcrypt has not seen      refused
//	bcrypt, and   what follows the first 72 bytes
//	longer than
//	72 bytes
//
// # Equal work
//
// A hash from elsewhere may cost less than ours, or more, so that the time of an
// answer would tell who exists. Everybody therefore costs the same two computations:
//
//	1  one of a scheme (family and costs) that was imported: the customer's own; for
//	   everybody else a decoy of one, drawn by a keyed hash of the customer's id in
//	   proportion to how many were imported of each
//	2  one of ours: the check, the new hash for one that was imported (thrown away
//	   when the password is wrong), or a decoy
//
// The first is left out, for all, once no imported hash is left, and for a scheme once
// none of it is. Customers keep theirs as decoy after their first login. Who changes argon.Default must
// enter the old costs in password_scheme, or those who have not logged in since will differ.
//
// Computations wait in one line of bounded length, and a bounded number runs at a
// time (argon.Hasher): at most that number × 256 MiB.
//
// # Settling
//
// The check changes nothing. Consuming is one conditional UPDATE on the generation,
// which a new password raises and a new hash of the same one does not: of two logins
// at once that bring the new hash both are right, and a password that was changed
// meanwhile is not accepted any more.
//
// # Threats
//
// Guessing is counted by package authenticator. A plain password in the column for
// hashes is refused, and never repeated in an error. Types that hold a hash hide it.
//
// Tables: password, password_scheme.
package password
