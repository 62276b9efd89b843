package interaction_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/policy"
)

var system, staff = audit.System("test"), audit.Staff(ident.Derive("ann"), "ann")

// inForce is the policies of a test.
type inForce struct{ *policy.Set }

func (f inForce) Active() *policy.Set { return f.Set }

// world is a bank whose customer has a phone, an access point and a watch with a key.
type world struct {
	*testing.T

	d     *db.DB
	clock *dbtest.Clock
	ring  *keyring.Ring
	set   *policy.Set
	desk  *interaction.Desk
	homes *companion.Desk

	who              ident.ID
	phone, ap, watch companion.Companion
	hand             *envelope.Signer // of the watch
	asked            map[string]bool  // nonces of questions
	denied           []interaction.Decision
}

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

func newWorld(t *testing.T, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	set := *policy.Version0()
	set.Interaction.Mode = policy.InteractionOn
	w := &world{T: t, d: d, clock: clock, ring: keyringtest.Open(t, d), set: &set, asked: map[string]bool{}}
	w.homes = &companion.Desk{DB: d, Ring: w.ring, Policies: inForce{&set}, Rand: rand.Reader}
	w.desk = &interaction.Desk{
		DB: d, Ring: w.ring, Policies: inForce{&set}, Rand: rand.Reader, Secret: w.homes.Secret,
		Asked: func(_ *db.Tx, _ companion.Companion, e report.Evidence) (bool, error) {
			known := w.asked[string(e.Nonce)]
			delete(w.asked, string(e.Nonce))
			return known, nil
		},
		Disowned: func(_ *db.Tx, _ audit.Actor, x interaction.Decision) error {
			w.denied = append(w.denied, x)
			return nil
		},
	}
	w.homes.Moved = w.desk.Moved
	w.who = w.customer("1")
	w.phone, w.ap, w.watch = w.household(w.who)
	w.pass(73 * time.Hour) // quarantine
	return w
}

func (w *world) customer(number string) ident.ID {
	w.Helper()
	cards := &customer.Register{DB: w.d, Ring: w.ring, Rand: rand.Reader}
	c, err := cards.Create(w.Context(), staff, customer.New{Number: number})
	w.ok(err)
	return c.ID
}

// household registers a phone and what it met.
func (w *world) household(who ident.ID) (phone, ap, watch companion.Companion) {
	w.Helper()
	i, err := w.homes.Invite(w.Context(), system, companion.Order{Customer: who}, companion.Wanted{Kind: companion.Phone})
	w.ok(err)
	phone, err = w.homes.Enroll(w.Context(), i.Code, companion.Thing{Can: []companion.Capability{companion.Application}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: w.signer().Public(), Sealer: []byte("x")}})
	w.ok(err)
	w.hand = w.signer()
	w.write(func(tx *db.Tx) (err error) {
		ap, _, err = w.homes.Name(tx, phone, companion.Thing{Kind: companion.AccessPoint, Identifiers: []companion.Identifier{{Kind: companion.Serial, Value: "AP-" + who.String()[:8]}}})
		if err != nil {
			return err
		}
		watch, _, err = w.homes.Name(tx, phone, companion.Thing{
			Kind: companion.Watch, Identifiers: []companion.Identifier{{Kind: companion.Serial, Value: "W-" + who.String()[:8]}}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: w.hand.Public()},
		})
		return err
	})
	return phone, ap, watch
}

func (w *world) signer() *envelope.Signer {
	seed := make([]byte, 32)
	_, _ = rand.Read(seed)
	s, err := envelope.NewSigner(envelope.Ed25519, seed)
	w.ok(err)
	return s
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) wants(err error, code string) {
	w.Helper()
	if !fault.Is(err, code) {
		w.Errorf("%v; want the fault %s", err, code)
	}
}

func (w *world) write(f func(*db.Tx) error) {
	w.Helper()
	w.ok(w.d.Write(w.Context(), f))
}

func (w *world) pass(d time.Duration) { w.clock.Advance(d) }

func (w *world) now() time.Time { return w.clock.Now() }

// take has a device tell events.
func (w *world) take(c companion.Companion, b report.Batch, sent time.Time) (t report.Taken) {
	w.Helper()
	w.write(func(tx *db.Tx) (err error) {
		t, err = w.desk.Take(tx, c, interaction.Batch{Sent: sent, Body: &b})
		return err
	})
	return t
}

// Places.
func house() s2.CellID { return cell(52.5200, 13.4050) }
func shop() s2.CellID  { return cell(52.5150, 13.3900) }
func rome() s2.CellID  { return cell(41.9028, 12.4964) }

func cell(lat, lon float64) s2.CellID {
	return s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, lon)).Parent(14)
}

func placed(at time.Time, c s2.CellID) report.Event {
	return report.Event{Time: at.UnixMilli(), Kind: report.Place, Place: &report.Cell{Token: c.ToToken()}}
}

// poll is a look around; those who are proven sign.
func (w *world) poll(at time.Time, proven bool, seen ...companion.Companion) report.Event {
	e := report.Event{Time: at.UnixMilli(), Kind: report.Poll}
	for _, c := range seen {
		e.Seen = append(e.Seen, c.Number)
		if proven && c.Reports() {
			e.Evidence = append(e.Evidence, w.evidence(c, at, nil))
		}
	}
	return e
}

// evidence is what the watch signs.
func (w *world) evidence(c companion.Companion, at time.Time, nonce []byte) report.Evidence {
	e := report.Evidence{Device: c.Number, Time: at.UnixMilli(), Nonce: nonce}
	sig, err := w.hand.Sign(e.Statement(w.phone.Requestor).Bytes())
	w.ok(err)
	e.Signature = sig
	return e
}

// live lets days pass in which the phone reports every hour from home, with all that is there,
// and what is due is learned at the end of each.
func (w *world) live(days int) {
	w.Helper()
	for range days {
		var b report.Batch
		for range 24 {
			b.Events = append(b.Events, placed(w.now(), house()), w.poll(w.now(), true, w.ap, w.watch))
			w.pass(time.Hour)
		}
		w.take(w.phone, b, w.now())
		w.learn()
	}
}

func (w *world) learn() {
	w.Helper()
	_, err := w.desk.Learn(w.Context(), 100)
	w.ok(err)
}

// look reports what is there now.
func (w *world) look(where s2.CellID, proven bool, seen ...companion.Companion) {
	w.Helper()
	w.take(w.phone, report.Batch{Live: true, Events: []report.Event{placed(w.now(), where), w.poll(w.now(), proven, seen...)}}, w.now())
}

// ask has a payment of so many cents judged.
func (w *world) ask(cents int64) interaction.Decision {
	w.Helper()
	x, judged, err := w.desk.Judge(w.Context(), system, interaction.Ask{
		Customer: w.who, Reference: "test", Request: judge.Request{Amount: cents}, Currency: "EUR", Access: judge.Access{Remote: true},
	})
	if err != nil || !judged {
		w.Fatalf("judged %v: %v", judged, err)
	}
	return x
}

func (w *world) pattern() *pattern.State {
	w.Helper()
	s, err := w.desk.Pattern(w.Context(), w.who, w.phone.ID)
	w.ok(err)
	return s
}

func (w *world) count(sql string, args ...any) (n int) {
	w.Helper()
	w.ok(w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row(sql, args...).Scan(&n) }))
	return n
}

// proof is what a customer has shown.
type proof struct{ err error }

func (p proof) Check(*db.Tx, ident.ID, audit.Actor) error { return p.err }
func (proof) Note() (key, value string)                   { return "authentication", "test" }

// shown is how strongly a device has proven itself lately, read from what is kept.
func (w *world) shown(c companion.Companion) pattern.Proof {
	w.Helper()
	return w.recent(c).Proof
}

// recent is what is known of a device lately, read from what is kept.
func (w *world) recent(c companion.Companion) (v judge.Device) {
	w.Helper()
	w.ok(w.d.Read(w.Context(), func(tx *db.Tx) error {
		var sealed []byte
		if err := tx.Row("SELECT recent FROM interaction_pattern WHERE customer = $1 AND companion = $2", w.who, w.phone.ID).Scan(&sealed); err != nil {
			return err
		}
		plain, err := w.ring.Open("interaction.recent", w.phone.ID, sealed)
		if err != nil {
			return err
		}
		recent, err := judge.ReadWindow(plain)
		if err != nil {
			return err
		}
		usual := judge.Usual()
		r := judge.Recent{At: tx.Now, Devices: []judge.Device{{Number: pattern.Number(c.Number)}}}
		recent.Recall(&usual, &r)
		v = r.Devices[0]
		return nil
	}))
	return v
}
