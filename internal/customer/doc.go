// Package customer keeps the bank's customers and how to reach them.
//
// A customer has an [ident.ID] of ours and a number of the bank's: what people
// type as "customer ID". The number has one normal form ([Number]) and is unique.
// How a customer proves who they are is the business of the packages above.
//
// # States
//
//	active ⇄ suspended      Suspend, Activate
//	active, suspended → closed      Close; final
//
// Only an active customer may register or authenticate; the packages that settle
// ask for the status in their own transaction. Erase removes name and contacts of
// a closed customer; id and number stay, because the log refers to them and the
// number must not be given to another person unnoticed.
//
// # Contacts
//
// Phone numbers, e-mail and postal addresses are sealed by the keyring; a keyed
// MAC of the normal form (column lookup) finds them again by exact match, within
// one installation only. A contact counts as verified only after its owner has
// shown that they receive what is sent there; a changed contact is a new one and
// is not verified (SCA-50, SCA-69).
//
// # Searching
//
// There is no list of all customers. [Register.Search] wants a criterion: number
// or name by prefix of three characters or more, phone or e-mail exactly. Pages
// are cut by key, never by offset.
//
// # Sessions
//
// A customer who is logged in to pages of ours has a session ([Sessions]): a token
// of 256 random bits, stored as SHA-256. It ends after 5 minutes without use, 8 hours
// after login, by logout, when the customer is suspended or closed, when the
// customer ends all others, and when the device whose code opened it may not be
// used any more: suspended, lost, replaced, expired. None outlives the restoration
// of a backup. The applications of a bank keep sessions of their own.
//
// # Tables
//
// customer, contact and customer_session. Every change leaves an audit record in its transaction;
// records name no person and carry no contact.
//
// # Threats
//
// Enumeration: [Find] and [ByNumber] answer "none" by value, so that the flows
// above can go on with a dummy at equal cost. A stolen database: contacts are
// sealed; names and numbers are not, because staff search them by prefix: a bank
// that minds leaves names empty. A confused reader of numbers: digits of
// other scripts and full-width letters fold to ASCII, letters of other scripts
// are refused.
package customer
