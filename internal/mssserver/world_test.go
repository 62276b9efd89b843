package mssserver_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mssserver"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/mss"
	"github.com/countersign-auth/countersign/ota/applet"
)

const (
	shop     = "https://shop.example/ap"
	password = "sixteen-letters-and-more"
	alauda   = "http://alauda.mobi/"
)

var (
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	officer = audit.System("officer")
)

// world is the server over real providers. Who signs is scripted: every outcome of package mobileid
// can be had, also those that a card gives only when it breaks.
type world struct {
	*testing.T
	db        *db.DB
	clock     *dbtest.Clock
	providers *provider.Register
	shop      provider.Provider
	people    *people
	server    *mssserver.Server
	stopping  chan struct{}
	control   applet.ControlMode // of the policies
	serial    int
}

// each runs a test on both databases; change is of the terms of the shop.
func each(t *testing.T, change func(*provider.Terms), f func(*testing.T, *world)) {
	t.Helper()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		clock.Set(noon)
		f(t, newWorld(t, d, clock, change))
	})
}

func newWorld(t *testing.T, d *db.DB, clock *dbtest.Clock, change func(*provider.Terms)) *world {
	t.Helper()
	w := &world{T: t, db: d, clock: clock, stopping: make(chan struct{})}
	w.providers = &provider.Register{DB: d, Ring: keyringtest.Open(t, d), Rand: rand.Reader, Now: clock.Now}
	w.shop = w.register(shop, change)
	w.people = &people{now: clock.Now, all: map[string]*mobileid.Transaction{}, changed: make(chan struct{}), begun: make(chan string, 1000)}
	server, err := mssserver.New(mssserver.Config{
		Signer: w.people, Registrar: w.people, Providers: w.providers, Limiter: client.NewLimiter(clock.Now, client.Rate{PerSecond: 1000, Burst: 1000}), ID: "https://mss.bank.example",
		Times:   func() (time.Duration, time.Duration) { return 5 * time.Minute, 10 * time.Minute },
		Control: func() applet.ControlMode { return w.control },
		Now:     clock.Now, Log: slog.New(slog.DiscardHandler), Stopping: w.stopping,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.server = server
	return w
}

func (w *world) register(code string, change func(*provider.Terms)) provider.Provider {
	w.Helper()
	terms := provider.Defaults()
	terms.Name, terms.PasswordOnly, terms.TransID, terms.Entitled, terms.Rate, terms.Burst = "Shop", true, 64, true, 1000, 1000
	if change != nil {
		change(&terms)
	}
	p, _, err := w.providers.Create(w.Context(), officer, provider.New{Code: code, Terms: terms, Password: password})
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// base is what a message of the shop begins with; AP_TransID is a new one.
func (w *world) base() mss.Base {
	w.serial++
	return mss.Base{Major: 1, Minor: 1, AP: mss.AP{ID: shop, TransID: "A" + strconv.Itoa(w.serial), Password: password, Instant: w.clock.Now()}}
}

// order is a request that is all right.
func (w *world) order() *mss.SignatureRequest {
	return &mss.SignatureRequest{
		Base: w.base(), User: mss.User{MSISDN: "+436641234567"}, Mode: mss.AsynchClientServer, Data: mss.Data{Given: true, Text: "Pay 25.00 EUR to Grocer"}, Profile: alauda + "nonRepudiation",
	}
}

// call sends a message and returns the answer, or the fault as the error.
func (w *world) call(op mss.Operation, m mss.Message) (mss.Message, error) {
	w.Helper()
	return w.callIn(mss.Dialect{}, op, m)
}

func (w *world) callIn(d mss.Dialect, op mss.Operation, m mss.Message) (mss.Message, error) {
	w.Helper()
	path := "/soap/services/" + string(op) + "Port"
	if d.JSON {
		path = "/rest/service"
	}
	r := httptest.NewRequestWithContext(w.Context(), http.MethodPost, path, bytes.NewReader((&mss.Envelope{Operation: op, Dialect: d, Message: m}).WriteRequest()))
	r.Header.Set("Content-Type", d.Media())
	return w.read(w.send(r))
}

func (w *world) send(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	w.server.ServeHTTP(answer, r)
	return answer
}

func (w *world) read(answer *httptest.ResponseRecorder) (mss.Message, error) {
	w.Helper()
	media, _, err := mime.ParseMediaType(answer.Header().Get("Content-Type"))
	if err != nil {
		w.Fatal(err)
	}
	e, err := mss.ReadResponse(media, answer.Body.Bytes())
	if want := map[bool]int{true: http.StatusOK, false: http.StatusInternalServerError}[err == nil]; answer.Code != want {
		w.Errorf("status %d with %v", answer.Code, err)
	}
	return e.Message, err
}

// begun is a signature that the shop has asked for.
func (w *world) begun() *mss.SignatureResponse {
	w.Helper()
	m, err := w.call(mss.Signature, w.order())
	if err != nil {
		w.Fatal(err)
	}
	return m.(*mss.SignatureResponse)
}

func (w *world) status(handle string) (*mss.StatusResponse, error) {
	w.Helper()
	m, err := w.call(mss.StatusQuery, &mss.StatusRequest{Base: w.base(), TransID: handle})
	got, _ := m.(*mss.StatusResponse)
	return got, err
}

// wantFault compares the codes of a fault.
func wantFault(t *testing.T, name string, err error, code, second int) {
	t.Helper()
	f, ok := errors.AsType[*mss.Fault](err)
	if !ok || f.Code != code || f.Second != second {
		t.Errorf("%s: %v, want %d %s with %d", name, err, code, mss.Name(code), second)
	}
}

// people are those who sign, on a script.
type people struct {
	now func() time.Time

	mu      sync.Mutex
	all     map[string]*mobileid.Transaction
	asked   []mobileid.Request
	shown   []mobileid.Message
	refuse  error // of the next request
	unread  bool  // receipts wait for the person
	changed chan struct{}
	begun   chan string // handles, as they are made
	profile mobileid.Profile
	enrolled
}

type enrolled struct {
	registration mssserver.Enrolled
	known        bool
}

func (p *people) Sign(_ context.Context, _ audit.Actor, in mobileid.Request) (mobileid.Transaction, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, in)
	if err := p.refuse; err != nil {
		return mobileid.Transaction{}, err
	}
	id := ident.New(p.now(), rand.Reader)
	t := &mobileid.Transaction{
		Handle: "m" + id.String(), Customer: ident.Derive("maria"), ID: id, Kind: mobileid.Signing, Status: mobileid.Asked, Provider: in.Provider.Code, Ref: in.Ref,
		Role: in.Role, Form: in.Form, Created: p.now(), Expires: p.now().Add(in.TTL), Control: "0815",
	}
	p.all[t.Handle] = t
	p.begun <- t.Handle
	return *t, nil
}

func (p *people) Get(_ context.Context, of, handle string) (mobileid.Transaction, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.all[handle]
	if t == nil || of != mobileid.AnyProvider && t.Provider != of {
		return mobileid.Transaction{}, fault.NotFoundf("mobileid.transaction", "There is no such transaction.")
	}
	return *t, nil
}

func (p *people) Wait(ctx context.Context, of, handle string, _ time.Duration) (mobileid.Transaction, error) {
	for {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		t, err := p.Get(ctx, of, handle)
		if err != nil || !t.Status.Open() {
			return t, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return t, ctx.Err()
		}
	}
}

func (p *people) Receipt(_ context.Context, _ audit.Actor, by mobileid.Provider, handle string, in mobileid.Message) (mobileid.Transaction, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown = append(p.shown, in)
	t := &mobileid.Transaction{Handle: handle + "-receipt", Kind: mobileid.Showing, Status: mobileid.Done, Provider: by.Code, Expires: p.now().Add(time.Minute), Delivered: p.now()}
	p.all[t.Handle] = t
	if p.unread {
		t.Status = mobileid.Delivered
		p.begun <- t.Handle
	}
	return *t, nil
}

func (p *people) ProfileOf(context.Context, mobileid.Provider, mobileid.User) (mobileid.Profile, error) {
	if p.profile.State == "" {
		return p.profile, fault.NotFoundf("mobileid.unknown", "Nobody has a mobile ID under this number.")
	}
	return p.profile, nil
}

func (p *people) Registered(context.Context, string, string) (mssserver.Enrolled, bool, error) {
	return p.registration, p.known, nil
}

func (p *people) Register(context.Context, audit.Actor, string, string) (mssserver.Enrolled, error) {
	p.known, p.registration = true, mssserver.Enrolled{State: mobileid.StateOrdered, Changed: p.now(), Control: "4711"}
	return p.registration, nil
}

// end lets a transaction end.
func (p *people) end(handle string, change func(*mobileid.Transaction)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p.all[handle])
	close(p.changed)
	p.changed = make(chan struct{})
}

// last is the last request that anybody was asked for.
func (p *people) last() mobileid.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) == 0 {
		return mobileid.Request{}
	}
	return p.asked[len(p.asked)-1]
}

// valid ends a transaction with a signature.
func valid(t *mobileid.Transaction) {
	t.Status, t.CMS, t.Signature, t.Certificate = mobileid.Valid, []byte("cms"), []byte("signature"), []byte("certificate")
	if t.Form == applet.Plain {
		t.CMS = nil
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func hexOf(b []byte) string { return hex.EncodeToString(b) }
