// Package push knows where the pushes of mobile tokens, and of devices that customers live with, go: which subscription (RFC 8030) a token
// has at which push service, whether pushes reach it, and the keys by which this server is
// known there (RFC 8292). What sends is the adapter pushclient.
//
// # A binding
//
//   - ──Bind──► new ──taken──► reached ◄──taken── failing
//     │                └──refused, or no answer──┘
//     └──404 or 410, or its key was stolen──► gone ──Bind──► new
//
// A token has at most one binding: Bind takes the place of the former. Phones bind anew at
// every start, because subscriptions vanish in silence; the same again changes nothing. Two
// tokens may share a subscription, since a browser has one for all that its owner, or the
// family, keeps in it: neither overwrites the other, and an endpoint that is gone is gone
// for both. A token that replaces another takes its binding over (Moved), which says so
// until its own phone has bound.
//
// The phone is told nothing but that there is something to fetch, so a push that is lost, late
// or doubled costs a look. Nothing depends on it.
//
// A device is bound by its own protocol (BindDevice), and woken when letters wait for it; what is said of tokens here holds for it as well.
//
// # Endpoints
//
// The server will call the endpoint, so it is https, at a port and at a host that the
// operator's list names ([Services]), without a user name, and of at most 1024 bytes. What the host
// resolves to is judged again whenever it is called (package reach).
//
// # Keys
//
// A subscription is made under one public key of ours, and its push service takes messages
// signed by this key alone. So keys are not replaced but succeeded ([Desk.Rotate]):
//
//	newest   told to phones; exactly one
//	retired  signs for the bindings that were made under it, as long as there are any
//	spent    the private part is destroyed
//
// A key that was stolen is spent at once, and its bindings are gone: phones see another key at
// their next start, and subscribe again.
//
// # Invariants
//
//   - at most one binding a token, and only of the endpoint that was bound last;
//   - what came of a push changes only bindings that still have its endpoint;
//   - a subscription that is gone, unbound or erased is not kept, not even sealed;
//   - exactly one key has no successor (a partial unique index).
//
// # Tables
//
// push_key, push_binding. The subscription is sealed (label "push.subscription", the token's
// id): who has the endpoint and its secret can send. It is found by a keyed hash of the
// endpoint. Records: push.bound, push.unbound, push.gone, push.key_made, push.key_rotated.
//
// # Threats
//
// A phone that names an address inside the bank: the list, and reach. A phone that binds
// somebody else's endpoint sends them pushes without content; endpoints are long and random.
// A stolen database: see above. A push service that lies costs pushes, and phones look into
// their inbox when they are opened.
package push
