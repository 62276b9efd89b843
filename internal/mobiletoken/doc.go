// Package mobiletoken is the life of mobile tokens: applications on phones that hold keys of
// ours. It issues activation codes, keeps the key that a device gets by DSKPP (RFC 6063;
// the protocol is package dskpp, its server an adapter) until it is proven, lets owners
// administer their tokens, and checks secure codes as an authenticator.Method.
//
// A token belongs to a customer, an application (policy.Application) and a device: one
// installation of the application, in package device with the kind mobile. The serial
// number is the token's and unique among those that are not archived; the device can
// become another one.
//
// # States
//
//	created       there is no code; or it was taken back
//	code_issued   a device may be provisioned
//	provisioning  a device has the key, and its first code is awaited
//	active        usable
//	blocked       by its owner, by wrong answers or by staff; perhaps until a moment
//	archived      ended; the keys are destroyed; before_status says what it was
//
//	act \ from  created      code_issued   provisioning  active    blocked   archived
//	issue       code_issued  code_issued   code_issued   active*   blocked*  –
//	redeem      –            provisioning  –             active*   blocked*  –
//	activate    –            –             active        active*   active*   –
//	withdraw    –            created       created       active*   blocked*  –
//	block       –            –             –             blocked   blocked** –
//	enable      –            –             –             –         active    –
//	archive     archived     archived      archived      archived  archived  –
//
//	*   a redistribution: what is in use stays so until activate
//	**  by a stronger cause: owner < wrong answers < staff
//
// Every transition is one UPDATE on the version that was read, names actor and reason, and
// leaves an audit record in its transaction. Acts on the tokens that one customer has of one
// application come one after another (the row of mobile_holder is their lock), so that an
// act on two tokens, such as a migration, is seen whole or not at all.
//
//	token                               device                 keys
//	created, code_issued, provisioning  assigned               none; or pending
//	active                              active                 live
//	blocked                             suspended              off
//	archived                            retired                none
//	redistribution under way            the new one: assigned  pending, beside live or off
//
// # Activation codes
//
//	valid ──► used        a device has got a key by it
//	      ──► expired     a week after its time
//	      ──► cancelled   taken back, or its token was blocked or archived
//	      ──► superseded  by a newer one
//
// A code is a ClientID, which is no secret, and a random password. The password is sealed
// and not hashed, because the protocol's MAC needs it (RFC 6063, section 3.4.1.2), and is
// destroyed with every transition. It is shown once, or sent through the outbox; with
// activation.split each of the two ways has one half. Extending keeps the value, is
// bounded in number and by activation.max_life; renewing supersedes.
//
// # Provisioning
//
//	1 Attempt    one claim on the code, before PBKDF2; the password, or one that nobody knows
//	2 Provision  code used, key pending, last answer stored: one transaction
//	3 Confirm    first code right: pending → live, former keys and device out: one transaction
//
// With activation.compare, customers who asked for the code themselves type the digits that
// the new device shows ([ComparisonCode], [Desk.Compare]) before Confirm takes anything: a
// code that somebody else redeemed stays useless (S-04).
//
// A final message that was lost is sent again from the session, octet by octet; a first
// code whose answer was lost is accepted again. A device that lost its key as well
// needs a new code. A pending key that is not proven within activation.confirm, or after
// activation.attempts wrong first codes, is taken away. Those are counted with the key, apart from
// wrong answers of the device in use.
//
// What comes of an attempt at a code that does not exist is the same work: one claim or one
// write in its place, one unsealing or one keyed hash.
//
// # Keys
//
// What is provisioned is the key of secure codes; the one that signs is derived from it
// ([Secret]). next_value is the lowest counter or time step that is not spent; a code is
// accepted at it or above, by one conditional UPDATE. Blocking writes the same row, so that a
// code that is being spent comes before the block or is refused.
//
// # Phones
//
// A phone names its key by the identifier of the key package (Key.KeyID), and binds with
// its first code a key of its own, by which it signs its requests (ConfirmPhone): that
// says which phone asks, and never replaces PIN and key. Both are columns of the key,
// so they share its fate: off while the token is blocked, gone when it is archived or in another
// phone. A request that changes something is taken once (Once).
//
// # Migration
//
//	open ──► done       Confirm of the new token
//	     ──► abandoned  Abandon; the old or the new one is archived, or the old one is blocked
//
// The old token stays in use until the new one has proved its key; then one transaction
// archives the one and activates the other, moves the serial number if it is to be kept, and
// tells whoever keeps something for the token ([Config].Moved). How far it has come is the
// state of the new token, so that it can be taken up again at any time: Renew its code.
//
// # Who may do what
//
//	act                                customers                          staff and applications
//	List, Rename, Cancel, Abandon      nothing more                       nothing more
//	Block                              nothing more; warned: the last     a reason
//	Disown                             the link of a notice               –
//	Enroll, Renew, Extend, Migrate     a proof                            an identification, unless the customer holds nothing
//	Compare                            a proof                            an identification
//	Archive                            a proof; warned: itself, the last  a reason
//	Enable, Redistribute               a proof by another device, and     an identification
//	                                   not if staff have blocked it
//
// A proof is a fresh strong authentication (hub.Proven). One by a phone that has its key for
// less than activation.cool_down is none (S-13). Where its journey asks the risk engine
// (policy.JourneyRisk), a proof that risk blocks is none either: so risk holds what needs one.
// The link of a notice stops the token that it is of, or what has taken its place by migrations
// since (Disown). It is good for DisownFor, and not after staff or an application have set the
// token going again or brought it to another device: they have identified the owner, so what
// was sent before is settled, and a link that somebody kept stops nothing more. The notice of
// that act has a link of its own.
//
// Customers hear of each act by another way ([News]), but of a new name, an extended code
// and one that is taken back.
//
// # Invariants
//
//   - one set of keys in use per token, of one device; an archived token has none;
//   - never more tokens than policy.Application.Tokens take a place; a migration needs none;
//   - of a migration's two tokens exactly one is active, unless its owner or staff take the
//     old one out of use;
//   - a code is used at most once and by one device, a secure code accepted at most once;
//   - a block ends what was to bring the token to another device.
//
// # Tables
//
// mobile_holder, mobile_token, mobile_key, mobile_code, mobile_session, mobile_migration,
// mobile_request, mobile_server_key.
//
// # Threats
//
// A stolen activation code: attempts are limited, halves go by two ways, the owner is told,
// and the thief must give a first code under the owner's eyes. A stolen session: a fresh
// proof, and one by another device where a token is set going. A stolen phone: block needs
// nothing. A stolen database: keys, passwords and runs are sealed. Guessing of ClientIDs: equal
// work, equal answers. A PIN is never sent: a wrong one gives a wrong key, which only the
// server notices.
package mobiletoken
