package companion_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"slices"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/policy"
)

var ann, system = audit.Staff(ident.Derive("ann"), "ann"), audit.System("test")

// inForce is the policies of a test.
type inForce struct{ *policy.Set }

func (f inForce) Active() *policy.Set { return f.Set }

// world is a bank whose customers have devices.
type world struct {
	testing.TB

	d     *db.DB
	clock *dbtest.Clock
	set   *policy.Set
	desk  *companion.Desk
	known *identification.Desk
	cards *customer.Register

	mu    sync.Mutex
	news  []companion.News
	ended []string
}

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	ring := keyringtest.Open(t, d)
	set := *policy.Version0()
	set.Companions.Devices = 4
	book, err := policy.Open(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, d: d, clock: clock, set: &set, known: &identification.Desk{DB: d, Policies: book, Rand: rand.Reader}, cards: &customer.Register{DB: d, Ring: ring, Rand: rand.Reader}}
	w.desk = &companion.Desk{
		DB: d, Ring: ring, Policies: inForce{&set}, Rand: rand.Reader,
		Tell: func(_ *db.Tx, _ audit.Actor, n companion.News) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.news = append(w.news, n)
			return nil
		},
		Moved: func(_ *db.Tx, _ audit.Actor, _ companion.Companion, kind string) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.ended = append(w.ended, kind)
			return nil
		},
	}
	return w
}

func (w *world) customer(number string) ident.ID {
	w.Helper()
	c, err := w.cards.Create(w.Context(), ann, customer.New{Number: number})
	if err != nil {
		w.Fatal(err)
	}
	return c.ID
}

// identify has ann identify a customer.
func (w *world) identify(id ident.ID) {
	w.Helper()
	var answers []identification.Answer
	for _, q := range policy.Version0().Identification.Questions[:3] {
		answers = append(answers, identification.Answer{Question: q.Code, Right: true})
	}
	if _, err := w.known.Record(w.Context(), ann, identification.Attempt{Customer: id, Way: identification.Call, Answers: answers}); err != nil {
		w.Fatal(err)
	}
}

// keys are fresh keys of a device.
func keys() companion.Keys {
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return companion.Keys{Signer: companion.Ed25519, Verifier: pub, Sealer: []byte("sealer")}
}

func (w *world) invite(c ident.ID, k companion.Kind) companion.Invited {
	w.Helper()
	i, err := w.desk.Invite(w.Context(), system, companion.Order{Customer: c}, companion.Wanted{Kind: k})
	if err != nil {
		w.Fatal(err)
	}
	return i
}

// phone is a new phone of a customer, out of its quarantine.
func (w *world) phone(c ident.ID) companion.Companion {
	w.Helper()
	p, err := w.desk.Enroll(w.Context(), w.invite(c, companion.Phone).Code, companion.Thing{
		Can: []companion.Capability{companion.Application, companion.Interface, companion.Sensors}, Keys: keys(), Identifiers: []companion.Identifier{{companion.MSISDN, "+43 664 1234567"}},
	})
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// name has a primary tell of a device.
func (w *world) name(p companion.Companion, t companion.Thing) (c companion.Companion, added bool, err error) {
	w.Helper()
	err = w.d.Write(w.Context(), func(tx *db.Tx) error {
		c, added, err = w.desk.Name(tx, p, t)
		return err
	})
	return c, added, err
}

func (w *world) wants(err error, code string) {
	w.Helper()
	if !fault.Is(err, code) {
		w.Errorf("%v; want the fault %s", err, code)
	}
}

func (w *world) get(c companion.Companion) companion.Item {
	w.Helper()
	i, err := w.desk.Get(w.Context(), c.Customer, c.ID)
	if err != nil {
		w.Fatal(err)
	}
	return i
}

// heard lists the kinds of news that customers have had.
func (w *world) heard() (kinds []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.news {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

func bluetooth(n byte) companion.Identifier {
	return companion.Identifier{Kind: companion.MAC, Value: "00:1A:7D:DA:71:" + string("0123456789ABCDEF"[n>>4]) + string("0123456789ABCDEF"[n&15])}
}

// on names a device for an act of its owner.
func on(c companion.Companion) companion.On {
	return companion.On{Order: companion.Order{Customer: c.Customer}, Companion: c.ID}
}

func contains(all []string, one string) bool { return slices.Contains(all, one) }
