// Package vault keeps payment tokens: what stands for a card's account number (PAN) on a customer's devices, and the
// limited-use keys that pay with it.
//
// # Portfolios
//
// An issuer has portfolios. Each has a range of token numbers, a [Profile] of service that says how keys wear out and where
// credentials lie, and issuer's master keys, of which the newest is used. A profile without its least parameters is refused
// ([Profile.Check]); accounts and tokens have the profile of their portfolio as it is now.
//
// # Tokens
//
// A token has the form of an account number, out of its portfolio's range, with a check digit. It is random: nothing computes
// the account from it, and the mapping is in this package's tables alone. A token belongs to one primary device of one customer.
//
//	state      Activate  Suspend    Resume*          Delete
//	inactive   active    suspended  –                deleted
//	active     active    suspended  –                deleted
//	suspended  suspended suspended  active/inactive  deleted
//	deleted    –         –          –                deleted
//
//	*  when the last reason is gone
//
// A suspension has reasons, each a kind ([Reason]) and what it is about: the card that was blocked, the device that was lost, the
// customer's wish, the issuer's, or that its owner has not approved it yet ([Profile.Adding]). Each is given and taken away by itself, and the token works when none is left: unblocking a card does not
// give back a token whose device is lost. A token that has expired is of no use in any state.
//
// # Limited use
//
// A grant is a limited-use key, or a piece of limited-use dynamic data: a secret under an index of its own, derived like a key, that is good for codes of three
// digits and for no cryptogram. Indexes count both, so that a payment names its grant by the index alone. A code may be made under a key, too. A grant ends at a
// count of uses, at an amount, at a moment, whichever is first; keys and data have thresholds of their own ([Profile]). [Use] takes of it in one
// conditional statement, so of two at the last use one is refused, with the reason ([Worn]). The secrets are never stored: they are derived from the issuer's key, the
// token and the index, when a cryptogram or a code is to be checked.
//
// The counter of transactions (ATC) of a token never goes back: [Counter] takes each number once, and none that lies more than
// [CounterWindow] behind the highest. [GiveBack] returns amount, never a use and never a counter.
//
// # Tables
//
//	vault_portfolio, vault_key, vault_account, vault_token, vault_reason, vault_grant
//
// Account numbers and tokens are sealed, and found by keyed hashes. Nothing of this package prints one: [Last4] is what people see.
//
// # Threats
//
// A stolen database has no account number and no token in clear, and no key that pays: master keys are sealed by the keyring. A restored
// database knows old counters: [Restored] closes all grants, so that every device must ask for new keys (its own count shows what
// was paid meanwhile).
package vault
