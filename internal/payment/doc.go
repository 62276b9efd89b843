// Package payment is the payment value and the one hash of it that every
// signature, text and rule uses (dynamic linking: Delegated Regulation (EU)
// 2018/389, article 5).
//
// A bank describes a payment as one [Order] or as several (a batch). [New] checks
// them, brings them to one normal form and gives an immutable [Payment]. Two
// descriptions of one payment have one normal form; two payments never share one.
//
// # Normal form
//
//   - Texts (names, references): Unicode NFKC; digits of every script become ASCII;
//     runs of white space become one space, none at the ends; joiners (U+200C,
//     U+200D) are dropped. Letters keep their case, and letters that merely look
//     alike stay different. Characters that are not shown (controls, direction
//     marks, private and unassigned ones) are refused: they could make the text
//     that a person approves differ from the text that is signed.
//   - Amounts: decimal digits with at most one point; spaces may group thousands.
//     They become minor units of the currency (ISO 4217: JPY has no decimals, KWD
//     three, CLF four) by integer arithmetic. More decimals than the currency has
//     are refused even when they are zeros, because "1.500" may mean 1500. The
//     largest amount and total has 18 digits.
//   - Accounts: see [Scheme]. An IBAN loses its spaces and becomes upper case; its
//     length and check digits are verified (ISO 13616).
//   - Batches: a batch is a set in which the same order may occur more than once;
//     its sequence means nothing. A batch of one is that one payment. All orders
//     have one currency: a code must cover "the total amount" (article 5(3)(b)),
//     which the payer has to read and perhaps type, and there is no total over
//     currencies. Banks split such a batch by currency.
//
// The reference is part of the payment: changing it changes the hash.
//
// # Encoding and hash, version 1
//
//	canonical = "countersign payment v1\n" str(currency) str(total) u32(n) item{n}
//	item      = str(str(amount) str(scheme) str(account) str(name) str(reference))
//	str(s)    = u32(len s) s
//	u32       = four bytes, most significant first
//	hash      = SHA-256(canonical)
//
// Amounts are minor units in decimal digits without leading zeros; texts are
// UTF-8; items are sorted by their bytes. Every part carries its length, so the
// encoding is injective; [Parse] accepts nothing but what [New] writes.
// testdata/vectors.txt holds examples for other implementations.
//
// # Signing with tokens
//
// A token signs what is typed into it. A [Profile] says what that is for a kind of
// token: which fields, in which order, and how each is written as digits or
// capital letters ([Profile.Entries]); what the token makes of the texts, knowing
// nothing else, is [Keypad.Question]. Both can be read back, so payments that differ
// in what the profile binds have different questions: account with its scheme, amount
// and currency of one payment; total, number, currency and a digest of all orders of a
// batch. Names and references are bound for batches and hashes only: nobody types them. What
// does not fit is refused, with payment.not_typeable. docs/signing.md has examples.
//
// A question has two entries or more. A token that is brought back into step is
// given one entry (package token), so that code is never a signature.
//
// # Threats
//
// A payment changed after approval (the hash changes); a text that shows less than
// it binds ([Payment.Text] shows every part, one a line, and is injective);
// numbers that read differently on two systems (no floating point, no locale);
// two spellings of one payment used to replay or to evade a rule (one normal form).
// Malware that shows another account on the page than the bill has: the payer types
// what the page says; a profile that fixes the scheme lets them type from the bill.
// The digits that stand for a batch are no secret and cannot be checked by eye: the total
// and the number can.
package payment
