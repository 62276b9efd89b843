package registration_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// world is a bank with customers and a box of tokens.
type world struct {
	t         testing.TB
	d         *db.DB
	clock     *dbtest.Clock
	customers *customer.Register
	tokens    *token.Tokens
	policies  *policy.Book
	outbox    *outbox.Outbox
	desk      *registration.Desk
	hub       *hub.Hub
}

func by() audit.Actor { return audit.System("test") }

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	ring := keyringtest.Open(t, d)
	tokens, err := token.New(d, ring, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	book, err := policy.Open(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, d: d, clock: clock, tokens: tokens, policies: book, customers: &customer.Register{DB: d, Ring: ring, Rand: rand.Reader}}
	w.outbox = outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader})
	w.desk = registration.New(registration.Config{DB: d, Ring: ring, Policies: book, Tokens: tokens, Outbox: w.outbox, Rand: rand.Reader})
	w.hub = hub.New(hub.Config{DB: d, Ring: ring, Policies: book, Methods: map[policy.Method]authenticator.Method{policy.MethodToken: tokens}, Rand: rand.Reader})
	return w
}

func (w *world) customer(number string) customer.Customer {
	w.t.Helper()
	c, err := w.customers.Create(w.t.Context(), by(), customer.New{Number: number, Name: "Customer " + number})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// identify records that who knows the customer, with the questions of the policy.
func (w *world) identify(c customer.Customer, who audit.Actor) identification.Identification {
	w.t.Helper()
	in := identification.Attempt{Customer: c.ID, Way: identification.Call}
	for _, q := range w.policies.Active().Identification.Questions {
		in.Answers = append(in.Answers, identification.Answer{Question: q.Code, Right: true})
	}
	desk := &identification.Desk{DB: w.d, Policies: w.policies, Rand: rand.Reader}
	done, err := desk.Record(w.t.Context(), who, in)
	if err != nil {
		w.t.Error(err)
	}
	return done
}

// code issues an activation code.
func (w *world) code(c customer.Customer) registration.Issued {
	w.t.Helper()
	code, err := w.desk.Issue(w.t.Context(), by(), c.ID, registration.Issue{Policy: "secure-code"})
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

func key(serial string) []byte { return []byte(fmt.Sprintf("%-20s", serial))[:20] }

// stock imports HOTP tokens.
func (w *world) stock(serials ...string) {
	w.t.Helper()
	w.pskc(func(p *pskc.Writer) error {
		for _, s := range serials {
			if err := p.WritePackage(hotpPackage(s)); err != nil {
				return err
			}
		}
		return nil
	})
}

func hotpPackage(serial string) *pskc.KeyPackage {
	return &pskc.KeyPackage{
		Device: pskc.Device{Manufacturer: "oath.TEST", SerialNo: serial},
		Key: pskc.Key{
			ID: serial, Algorithm: pskc.AlgorithmHOTP, Profile: pskc.ProfileHOTP, Hash: pskc.SHA1, Secret: pskc.NewSecret(key(serial)),
			Counter: pskc.Some(0), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6},
		},
	}
}

// pskc imports what f writes into a plain container; every row must be imported.
func (w *world) pskc(f func(*pskc.Writer) error) {
	w.t.Helper()
	var b strings.Builder
	p, err := pskc.NewWriter(&b, pskc.WriterOptions{InsecurePlain: true})
	if err == nil {
		err = f(p)
	}
	if err == nil {
		err = p.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := w.tokens.ImportFile(w.t.Context(), by(), token.Import{
		Name: "box.xml", Set: w.policies.Active(), AllOrNothing: true, Now: w.clock.Now(),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(b.String())), nil },
	})
	if err != nil || s.Imported == 0 {
		w.t.Fatalf("import: %+v, %v", s, err)
	}
}

func (w *world) begin(number, code string) registration.Registration {
	w.t.Helper()
	r, err := w.desk.Begin(w.t.Context(), by(), registration.Begin{CustomerNumber: number, ActivationCode: code, Policy: "secure-code", Channel: "web"})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) serial(r registration.Registration, serial string) registration.Registration {
	w.t.Helper()
	out, err := w.desk.Token(w.t.Context(), by(), r.Handle, serial)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) confirm(r registration.Registration, code, pin string) registration.Registration {
	w.t.Helper()
	out, err := w.desk.Confirm(w.t.Context(), by(), r.Handle, registration.Confirm{Code: code, PIN: pin})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// login asks the hub once.
func (w *world) login(number, code string) hub.Outcome {
	w.t.Helper()
	o, err := w.hub.Start(w.t.Context(), by(), hub.Start{CustomerNumber: number, Purpose: "login", Channel: "web", Proof: &hub.Proof{Code: code}})
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

func (w *world) device(serial string) (d device.Device) {
	w.t.Helper()
	err := w.d.Read(context.Background(), func(tx *db.Tx) error {
		all, err := device.BySerial(tx, serial)
		if err == nil && len(all) == 1 {
			d = all[0]
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) holds(c ident.ID) (all []authenticator.Authenticator) {
	w.t.Helper()
	err := w.d.Read(context.Background(), func(tx *db.Tx) (err error) {
		all, err = authenticator.Of(tx, c)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func hotp(serial string, counter uint64) string {
	h, err := oath.NewHOTP(key(serial), oath.HOTPOptions{})
	if err != nil {
		panic(err)
	}
	return h.Code(counter)
}

func mustFind(w *world, number string) customer.Customer {
	w.t.Helper()
	c, err := w.customers.GetByNumber(w.t.Context(), number)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// secondHalf delivers the outbox and returns the half of a code in it.
func (w *world) secondHalf(t *testing.T) string {
	t.Helper()
	got := make(chan registration.Half, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go w.outbox.Run(ctx, map[string]outbox.Handler{registration.MessageHalf: outbox.HandlerFunc(func(_ context.Context, m outbox.Message) error {
		var h registration.Half
		if err := json.Unmarshal(m.Payload, &h); err != nil {
			return err
		}
		got <- h
		return nil
	})})
	return (<-got).Code
}
