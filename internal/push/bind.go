package push

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/webpush"
)

// Subscription is what a phone knows of its subscription (PushSubscription.toJSON).
type Subscription struct {
	Endpoint string `json:"endpoint"`
	P256DH   string `json:"p256dh"` // base64url
	Auth     string `json:"auth"`   // base64url
	// Key is the public key of ours that it was made under, as PublicKey said; "" for the
	// newest.
	Key string `json:"-"`
}

// String keeps the secrets out of logs.
func (Subscription) String() string { return "push.Subscription(secret)" }

// Bind makes a subscription the one where pushes for a token go. The same again changes
// nothing, so phones bind at every start. The caller knows that the token is the customer's,
// and who speaks for it. Faults: "push.endpoint", "push.keys", "push.key" (Invalid), "push.off"
// (Conflict).
func (d *Desk) Bind(ctx context.Context, by audit.Actor, customer, token ident.ID, s Subscription) error {
	service, err := d.usable(s)
	if err != nil {
		return err
	}
	if _, err := d.PublicKey(ctx); err != nil { // makes the first one
		return err
	}
	if same, err := d.bound(ctx, customer, token, s); err != nil || same {
		return err
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		number, err := underKey(tx, s.Key)
		if err != nil {
			return err
		}
		return d.bind(tx, by, mobileToken, customer, token, s, service, number)
	})
}

// usable refuses a subscription that cannot be used; else it returns the host of its push service.
func (d *Desk) usable(s Subscription) (service string, err error) {
	if !d.On() {
		return "", off()
	}
	if service, err = d.Services.check(s.Endpoint); err != nil {
		return "", err
	}
	if _, err := webpush.ParseReceiver(s.P256DH, s.Auth); err != nil {
		return "", fault.Invalidf("push.keys", "p256dh must be a point of the curve P-256 and auth 16 bytes, both in base64url.").WithField("/p256dh")
	}
	return service, nil
}

// bind makes a subscription that was checked the one of a token or device.
func (d *Desk) bind(tx *db.Tx, by audit.Actor, of holder, customer, id ident.ID, s Subscription, service string, number int64) error {
	plain, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO push_binding (customer, token, holder, endpoint, subscription, service, key_number, moved, failures, reason, bound_at)
VALUES ($1, $2, $8, $3, $4, $5, $6, 0, 0, '', $7)
ON CONFLICT (customer, token) DO UPDATE SET endpoint = excluded.endpoint, subscription = excluded.subscription, service = excluded.service, key_number = excluded.key_number,
 moved = 0, failures = 0, reason = '', bound_at = excluded.bound_at, success_at = NULL, failure_at = NULL, gone_at = NULL`,
		customer, id, d.hash(s.Endpoint), d.Ring.Seal(subscriptionLabel, id, plain), service, number, tx.Now, string(of))
	if err == nil {
		audit.Record(tx, audit.Event{Kind: AuditBound, By: by, Customer: customer, Object: of.object(id), Details: map[string]any{"service": service}})
	}
	return err
}

// bound reports whether a subscription is the token's already, and in use.
func (d *Desk) bound(ctx context.Context, customer, token ident.ID, s Subscription) (same bool, err error) {
	var b Target
	var number int64
	err = d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if number, err = underKey(tx, s.Key); err != nil {
			return err
		}
		b, err = d.one(tx, customer, token)
		return err
	})
	switch {
	case errors.Is(err, db.ErrNoRow):
		return false, nil
	case err != nil:
		return false, err
	}
	return b.is(s, number), nil
}

// is reports whether a binding is of a subscription, under a key of ours.
func (t Target) is(s Subscription, number int64) bool {
	return !t.moved && t.Endpoint == s.Endpoint && t.p256dh == s.P256DH && t.auth == s.Auth && t.number == number
}

func (d *Desk) hash(endpoint string) []byte { return d.Ring.MAC(endpointLabel, []byte(endpoint)) }

// Unbind ends the binding of a token; without one nothing happens.
func (d *Desk) Unbind(ctx context.Context, by audit.Actor, customer, token ident.ID) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error { return End(tx, by, customer, token) })
}

// End is Unbind in the caller's transaction: for a token that has ended, or is in another device.
func End(tx *db.Tx, by audit.Actor, customer, token ident.ID) error {
	return end(tx, by, mobileToken, customer, token)
}

func end(tx *db.Tx, by audit.Actor, of holder, customer, id ident.ID) error {
	n, err := tx.Exec("DELETE FROM push_binding WHERE customer = $1 AND token = $2", customer, id)
	if err == nil && n == 1 {
		audit.Record(tx, audit.Event{Kind: AuditUnbound, By: by, Customer: customer, Object: of.object(id)})
	}
	return err
}

// Moved gives the binding of a token to the one that takes its place, in the transaction of
// that. A binding that the new one has already is the better one, and stays.
func (d *Desk) Moved(tx *db.Tx, customer, from, to ident.ID) error {
	b, err := d.one(tx, customer, from)
	if errors.Is(err, db.ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	plain, err := json.Marshal(Subscription{Endpoint: b.Endpoint, P256DH: b.p256dh, Auth: b.auth})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO push_binding (customer, token, endpoint, subscription, service, key_number, moved, failures, reason, bound_at)
VALUES ($1, $2, $3, $4, $5, $6, 1, 0, '', $7) ON CONFLICT (customer, token) DO NOTHING`,
		customer, to, b.hash, d.Ring.Seal(subscriptionLabel, to, plain), b.Service, b.number, tx.Now)
	if err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM push_binding WHERE customer = $1 AND token = $2", customer, from)
	return err
}

// Target is where the pushes of one token go.
type Target struct {
	Customer ident.ID
	Token    ident.ID
	Endpoint string // a secret: whoever has it and the keys can send
	Service  string // host of the push service, for people
	Receiver webpush.Receiver

	hash         []byte
	p256dh, auth string
	number       int64 // of the key
	moved        bool
	since        time.Time
}

// String keeps the secrets out of logs.
func (t Target) String() string { return "push.Target(" + t.Service + ")" }

const targetColumns = "customer, token, endpoint, subscription, service, key_number, moved, bound_at"

// open reads a row of the targetColumns.
func (d *Desk) open(r db.Row) (t Target, err error) {
	var sealed []byte
	if err := r.Scan(&t.Customer, &t.Token, &t.hash, &sealed, &t.Service, &t.number, &t.moved, &t.since); err != nil {
		return t, err
	}
	plain, err := d.Ring.Open(subscriptionLabel, t.Token, sealed)
	if err != nil {
		return t, err
	}
	var s Subscription
	if err := json.Unmarshal(plain, &s); err != nil {
		return t, errors.New("push: a subscription cannot be read") // its error would quote it
	}
	t.Endpoint, t.p256dh, t.auth = s.Endpoint, s.P256DH, s.Auth
	t.Receiver, err = webpush.ParseReceiver(s.P256DH, s.Auth)
	return t, err
}

func (d *Desk) one(tx *db.Tx, customer, token ident.ID) (Target, error) {
	return d.open(tx.Row("SELECT "+targetColumns+" FROM push_binding WHERE customer = $1 AND token = $2 AND gone_at IS NULL", customer, token))
}

// Target returns where the pushes of a token go; false when it has no binding in use.
func (d *Desk) Target(ctx context.Context, customer, token ident.ID) (t Target, found bool, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		t, err = d.one(tx, customer, token)
		return err
	})
	if errors.Is(err, db.ErrNoRow) {
		return Target{}, false, nil
	}
	return t, err == nil, err
}

// Targets returns where the pushes of some tokens of a customer go: each subscription once,
// though several of them share it.
func (d *Desk) Targets(ctx context.Context, customer ident.ID, tokens []ident.ID) (all []Target, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		seen := map[string]bool{}
		return tx.Each("SELECT "+targetColumns+" FROM push_binding WHERE customer = $1 AND gone_at IS NULL ORDER BY bound_at, token", []any{customer}, func(r db.Row) error {
			t, err := d.open(r)
			if err == nil && slices.Contains(tokens, t.Token) && !seen[t.Endpoint] {
				seen[t.Endpoint] = true
				all = append(all, t)
			}
			return err
		})
	})
	return all, err
}
