package rig

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/smppclient"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/ota/applet"
)

// operator is who prepares what is measured.
var operator = audit.System("bench")

// SIMSigners are customers who sign on the SIM cards of phones: the server is in this process, with the
// SMPP client of a node; the message center, the phones and their owners are in another. It stands
// between client and desk, to know when a packet has left and when its answer came.
type SIMSigners struct {
	app    *app.App
	rig    *Rig
	phones *Phones

	client *smppclient.Client

	mu       sync.Mutex
	left     map[string]time.Time // by number: when the packet was with the center
	came     map[string]time.Time // when the last message of the card came
	served   []time.Duration      // of each signature, the time that the server took
	finished int64
}

// SIMSigning registers n customers on phones and lets them sign while f runs.
func (s *Store) SIMSigning(ctx context.Context, a *app.App, n int, f func(*SIMSigners) error) (err error) {
	phones, err := s.rig.Phones(ctx, n)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, phones.Stop()) }()
	x := &SIMSigners{app: a, rig: s.rig, phones: phones, left: map[string]time.Time{}, came: map[string]time.Time{}}
	if err := x.prepare(ctx); err != nil {
		return err
	}
	working, rest := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer func() { rest(); work.Wait() }()
	work.Go(func() { x.client.Run(working) })
	work.Go(func() { a.Outbox.Run(working, x.handlers()) })
	if err := bound(ctx, x.client); err != nil {
		return err
	}
	for i := range n {
		if err := x.register(ctx, i); err != nil {
			return fmt.Errorf("phone %d: %w", i, err)
		}
	}
	return f(x)
}

// prepare makes an authority, imports the cards and connects the desk.
func (x *SIMSigners) prepare(ctx context.Context) (err error) {
	if ready, err := x.app.PKI.Ready(ctx); err != nil || !ready {
		if _, err := x.app.PKI.Init(ctx, operator, pki.P256, pki.Subject{CommonName: "Bench Root"}, pki.Subject{CommonName: "Bench Issuing"}); err != nil {
			return err
		}
	}
	if err := x.rules(ctx); err != nil {
		return err
	}
	if err := importCards(ctx, x.app, x.phones.Output); err != nil {
		return err
	}
	x.client, err = smppclient.New(smppclient.Config{
		Name: "bench", Address: x.phones.Address, SystemID: serverID, Password: keyring.Secret(smscPassword), Source: "Bank", Cards: cardsAddress, Packets: x, Receiver: noTexts{},
		Now: x.rig.Now, Rand: rand.Reader,
	})
	x.app.SIMs.Bearers = []sim.Bearer{x}
	return err
}

// rules lets everybody be asked as often as the bench likes, and registers without typing.
func (x *SIMSigners) rules(ctx context.Context) error {
	doc, err := x.app.Policies.Active().Format()
	if err != nil {
		return err
	}
	set, err := policy.Parse(doc) // a copy
	if err != nil {
		return err
	}
	const many = 1_000_000_000
	m := &set.MobileID
	m.Limits = policy.MobileIDLimits{Window: time.Minute, Number: 1000, Provider: many, All: many}
	m.Refusals, m.Register, m.Hold = limit.Rule{Max: 100, CoolDown: time.Minute}, policy.ControlShown, 0
	if doc, err = set.Format(); err != nil {
		return err
	}
	v, err := x.app.Policies.Store(ctx, operator, doc)
	if err != nil {
		return err
	}
	return x.app.Policies.Activate(ctx, operator, x.app.Policies.Active().Version, v)
}

func (x *SIMSigners) handlers() map[string]outbox.Handler {
	d := x.app.MobileIDs
	nothing := outbox.HandlerFunc(passcode.Nothing)
	return map[string]outbox.Handler{
		sim.Kind: x.app.SIMs, mobileid.MessageCertify: mobileid.Certifier{Desk: d}, mobileid.MessageValidate: mobileid.Validator{Desk: d},
		mobileid.MessageStamp: mobileid.Stamper{Desk: d}, mobileid.MessageNothing: nothing, sms.Kind: nothing,
	}
}

// noTexts takes receipts of texts, of which there are none.
type noTexts struct{}

// Receive implements sms.Receiver.
func (noTexts) Receive(context.Context, sms.Receipt) error { return nil }

// Name implements sim.Bearer.
func (x *SIMSigners) Name() string { return x.client.Name() }

// Carry implements sim.Bearer.
func (x *SIMSigners) Carry(ctx context.Context, o sim.Outgoing) ([]string, error) {
	references, err := x.client.Carry(ctx, o)
	x.note(x.left, o.To)
	return references, err
}

// Receive implements sim.Receiver.
func (x *SIMSigners) Receive(ctx context.Context, a sim.Arrival) error {
	x.note(x.came, a.From)
	return x.app.SIMs.Receive(ctx, a)
}

// Receipt implements sim.Receiver.
func (x *SIMSigners) Receipt(ctx context.Context, r sim.Receipt) error {
	return x.app.SIMs.Receipt(ctx, r)
}

func (x *SIMSigners) note(where map[string]time.Time, number string) {
	now := x.rig.Now()
	x.mu.Lock()
	defer x.mu.Unlock()
	where[strings.TrimPrefix(number, "+")] = now
}

// register has the i-th phone make its keys.
func (x *SIMSigners) register(ctx context.Context, i int) error {
	c, err := x.app.Customers.Create(ctx, operator, customer.New{Number: "S" + strconv.Itoa(i), Name: "Sim Signer"})
	if err != nil {
		return err
	}
	r, err := x.app.MobileIDs.Register(ctx, operator, mobileid.Enrollment{Customer: c.ID, Number: PhoneNumber(i)})
	if err != nil {
		return err
	}
	for deadline := x.rig.Now().Add(time.Minute); ; {
		p, err := x.app.MobileIDs.Profile(ctx, c.ID, r.ID)
		switch {
		case err != nil || p.State == mobileid.StateActive:
			return err
		case !p.State.Registering() || x.rig.Now().After(deadline):
			return fmt.Errorf("the mobile ID is %s: %s", p.State, p.Reason)
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Sign asks the i-th phone for a signature and waits until it is valid.
func (x *SIMSigners) Sign(ctx context.Context, i int) error {
	number := PhoneNumber(i)
	begin := x.rig.Now()
	t, err := x.app.MobileIDs.Sign(ctx, operator, mobileid.Request{
		Provider: mobileid.Provider{Code: "bench", Name: "Bench", Entitled: true}, User: mobileid.User{Number: number},
		Role: applet.Signing, Text: "Pay EUR 90.00 to Paula Payee", Control: applet.ShownControl,
	})
	for err == nil && t.Status.Open() {
		t, err = x.app.MobileIDs.Wait(ctx, t.Provider, t.Handle, 20*time.Second)
	}
	end := x.rig.Now()
	switch {
	case err != nil:
		return err
	case t.Status != mobileid.Valid:
		return fmt.Errorf("the signature is %s: %s", t.Status, t.Reason)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.finished++
	number = strings.TrimPrefix(number, "+")
	x.served = append(x.served, x.left[number].Sub(begin)+end.Sub(x.came[number]))
	return nil
}

// Served returns the quantile (0 to 1) of the time that the server took for a signature since the
// last call: from the request until the center had the packet, and from the card's answer
// until the signature was valid.
func (x *SIMSigners) Served(quantiles ...float64) (all []time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	slices.Sort(x.served)
	for _, q := range quantiles {
		d := time.Duration(0)
		if n := len(x.served); n > 0 {
			d = x.served[min(n-1, int(q*float64(n)))]
		}
		all = append(all, d)
	}
	x.served = nil
	return all
}

// PhonesCPU is the processor time that the other side has used, and for how many signatures.
func (x *SIMSigners) PhonesCPU() (time.Duration, int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return CPU(x.phones.PID), x.finished
}
