// Package password is authentication with a password or PIN that the customer knows: the
// hashes, those that another server made, the check, and what may become a new one.
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
// # New secrets
//
// The rules are the policy's (policy.Secret): there are none about kinds of characters
// and, unless the bank asks for it, none about age (NIST SP 800-63B-4, section 3.1.1.2;
// SCA-42, SCA-44, SCA-59). [Passwords.Judge] names all mistakes at once, by codes:
//
//	too_short, too_long     8 characters where it is one of two factors, 15 where alone, at most
//	                        128; counted in the normal form NFKC; nothing is cut off
//	characters              no text; control characters; characters that Unicode does not know yet
//	digits_only             of a PIN
//	common                  in the list below, also in disguise (SCA-58)
//	context                 made of the customer's number, name, telephone or addresses, or
//	                        of words of the bank that the policy names
//	pattern                 repetitions, sequences
//	weak                    below the policy's strength as zxcvbn counts: dictionaries, names,
//	                        keyboards, dates
//	unchanged, used_before  it is, or was, the customer's ([Passwords.Prepare] only)
//
// The list is that of the npm package @zxcvbn-ts/language-common 4.1.3 (MIT license, see
// common.LICENSE): of its 49,233 common and leaked passwords those that a rule here could
// let pass, which have 8 characters or more, or are 4 to 12 digits; folded, sorted,
// compressed: 66 KiB.
//
// What zxcvbn is given is at most 40 bytes from either end, and its matcher that tries all
// readings of digits as letters is left out: that takes many seconds for input made for
// it (TestStrengthIsBounded). Judging waits in the line of the hashes.
//
// # PINs
//
// There are few PINs, so that who has the hash finds the PIN, however it was hashed. They
// are therefore kept under a key that is not in the database: what is hashed is
// HMAC-SHA-256 of customer and PIN under the key "password.pin.<n>" of the keyring
// (Ring.Derive), and <n> is in the stored form:
//
//	$hmac-sha256$k=<n>$argon2id$v=19$…
//
// The number of today is the policy's (secret.key). Raised there, every PIN is moved at the
// next login that shows it; until then its old key is found by its number. All keys come
// of the root key: it is for a key that became known, not for a root key that did.
//
// # States
//
//	none       there is no secret (never registered, or cancelled)
//	good       it counts
//	outdated   it is older than secret.max_age, or staff want it replaced: it is validated,
//	           and opens nothing but its replacement (package hub)
//
//	act                            none           good            outdated
//	Complete (a registration)      good           good, another   good, another
//	Change (the customer)          refused        good, another   good, another
//	Renew (within a login)         refused        refused         good, another
//	Demand (staff)                 password.none  outdated        password.due
//	Cancel (help desk)             false          none            none
//	time                           none           outdated        outdated
//	Erase                          none           none            none
//
// A change needs the current one, which is counted like any proof, and a warrant that has
// shown something that the customer has (SCA-57). Nobody but the customer ever sees or
// chooses a secret: the help desk cancels it, with an identification, and issues an
// activation code (registration.Desk.Forgotten; SCA-64). Former ones are kept as their
// sealed hashes, as many as the policy says (at most 10), and none comes again; the
// comparison costs the same however many there are.
//
// Customers are told of every secret that is set, changed or cancelled ([News]; SCA-60), in
// the transaction that makes it true.
//
// Every new secret has a number one higher than all before (generation). Storing one is a
// compare-and-swap on the number of the one that it replaces: of two changes at once
// one is made, and a login that has checked the old one is refused after it.
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
// hashes is refused, and never repeated in an error. Types that hold a hash hide it. Who
// knows a password and nothing else cannot change it. A stranger cannot find out
// what is known of a customer by having secrets judged: [Desk.Judge] compares only what
// it is given.
//
// Tables: password, password_former, password_scheme.
package password
