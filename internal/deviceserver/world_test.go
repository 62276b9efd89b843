package deviceserver_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	device "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/deviceserver"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/policy"
)

var system = audit.System("test")

type inForce struct{ *policy.Set }

func (f inForce) Active() *policy.Set { return f.Set }

// world is a bank whose customers' devices report.
type world struct {
	testing.TB

	d      *db.DB
	clock  *dbtest.Clock
	set    *policy.Set
	desk   *companion.Desk
	rec    *companion.Recipients
	cards  *customer.Register
	config deviceserver.Config
	url    string

	mu       sync.Mutex
	outcomes []string
	wire     bytes.Buffer // all octets that the gateway saw
	logged   bytes.Buffer
}

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock)
		w.serve(nil)
		f(t, w)
	})
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	ring := keyringtest.Open(t, d)
	set := *policy.Version0()
	w := &world{TB: t, d: d, clock: clock, set: &set, cards: &customer.Register{DB: d, Ring: ring, Rand: rand.Reader}}
	w.desk = &companion.Desk{DB: d, Ring: ring, Policies: inForce{&set}, Rand: rand.Reader}
	w.rec = &companion.Recipients{DB: d, Ring: ring, Rand: rand.Reader, Now: clock.Now}
	in := &interaction.Desk{DB: d, Ring: ring, Policies: inForce{&set}, Rand: rand.Reader, Secret: w.desk.Secret, Asked: w.desk.Answered}
	w.config = deviceserver.Config{
		Companions: w.desk, Recipients: w.rec, Interactions: in, Sources: client.NewLimiter(clock.Now, client.Rate{PerSecond: 1000, Burst: 1000}), Device: client.Rate{PerSecond: 1000, Burst: 1000},
		Now: clock.Now, Log: slog.New(slog.NewTextHandler(w.locked(&w.logged), nil)),
		Observe: func(kind, outcome string, _ time.Duration) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.outcomes = append(w.outcomes, kind+" "+outcome)
		},
	}
	return w
}

// locked writes under the world's lock.
func (w *world) locked(to io.Writer) io.Writer {
	return writer(func(b []byte) (int, error) { w.mu.Lock(); defer w.mu.Unlock(); return to.Write(b) })
}

type writer func([]byte) (int, error)

func (f writer) Write(b []byte) (int, error) { return f(b) }

// serve serves behind a gateway that records all that it sees.
func (w *world) serve(change func(*deviceserver.Config)) {
	w.Helper()
	c := w.config
	if change != nil {
		change(&c)
	}
	s, err := deviceserver.New(c)
	if err != nil {
		w.Fatal(err)
	}
	wire := w.locked(&w.wire)
	gateway := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.Body = io.NopCloser(io.TeeReader(r.Body, wire))
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r)
		_, _ = wire.Write(rec.Body.Bytes())
		for k, v := range rec.Header() {
			rw.Header()[k] = v
		}
		rw.WriteHeader(rec.Code)
		_, _ = rw.Write(rec.Body.Bytes())
	})
	srv := httptest.NewServer(gateway)
	w.Cleanup(srv.Close)
	w.url = srv.URL
}

// ever returns what the gateway saw.
func (w *world) ever() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Clone(w.wire.Bytes())
}

// last returns what became of the last message.
func (w *world) last() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.outcomes[len(w.outcomes)-1]
}

func (w *world) customer(number string) ident.ID {
	w.Helper()
	c, err := w.cards.Create(w.Context(), system, customer.New{Number: number})
	if err != nil {
		w.Fatal(err)
	}
	return c.ID
}

func (w *world) code(c ident.ID, k companion.Kind) string {
	w.Helper()
	i, err := w.desk.Invite(w.Context(), system, companion.Order{Customer: c}, companion.Wanted{Kind: k})
	if err != nil {
		w.Fatal(err)
	}
	return i.Code
}

// device is a new one, not enrolled.
func (w *world) device(suite envelope.Suite, scheme envelope.Scheme) *device.Device {
	w.Helper()
	d, err := device.New(w.url, suite, scheme, &http.Client{}, w.clock.Now, rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	return d
}

var app = []string{"application", "interface", "sensors"}

// phone is a phone of a customer, enrolled over the protocol.
func (w *world) phone(c ident.ID) *device.Device {
	w.Helper()
	d := w.device(envelope.Hybrid, envelope.Ed25519)
	if _, err := d.Enroll(w.Context(), report.Enrollment{Code: w.code(c, companion.Phone), Model: "Phone 7", Can: app}); err != nil {
		w.Fatal(err)
	}
	return d
}

// watch is a watch with keys that its phone has named.
func (w *world) watch(phone *device.Device) *device.Device {
	w.Helper()
	d := w.device(envelope.X25519, envelope.P256)
	k, err := d.Keys()
	if err != nil {
		w.Fatal(err)
	}
	named, err := phone.Introduce(w.Context(), report.Thing{Kind: "watch", Can: []string{"interface"}, Keys: &k, Identifiers: []report.Identifier{{Kind: "serial", Value: "W-1"}}})
	if err != nil || len(named) != 1 {
		w.Fatal(named, err)
	}
	d.Named(named[0])
	return d
}

func (w *world) wants(err error, code string) {
	w.Helper()
	if !device.Is(err, code) {
		w.Errorf("%v; want %s", err, code)
	}
}

// count counts rows of a table.
func (w *world) count(table string) (n int) {
	w.Helper()
	if err := w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM " + table).Scan(&n) }); err != nil {
		w.Fatal(err)
	}
	return n
}

// poll is a report of a look around, of now.
func poll(seen ...int) report.Batch {
	return report.Batch{Zone: 60, Live: true, Events: []report.Event{{Kind: report.Poll, Seen: seen}}}
}

// slowKeys holds whoever asks for a key until it may leave.
type slowKeys struct {
	*companion.Recipients

	once    sync.Once
	entered chan struct{}
	leave   chan struct{}
}

func (s *slowKeys) Private(ctx context.Context, id envelope.KeyID) (companion.Recipient, bool, error) {
	s.once.Do(func() {
		close(s.entered)
		<-s.leave
	})
	return s.Recipients.Private(ctx, id)
}

// primary reads whose pattern the batches belong to.
func (w *world) primary(id *[]byte) error {
	return w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT companion FROM interaction_batch").Scan(id) })
}

// devices lists what a customer has, in the order of registration.
func (w *world) devices(c ident.ID) (all []companion.Companion) {
	w.Helper()
	err := w.d.Read(w.Context(), func(tx *db.Tx) (err error) { all, err = companion.Of(tx, c); return err })
	if err != nil {
		w.Fatal(err)
	}
	return all
}
