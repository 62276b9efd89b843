package rig

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/deviceserver"
	"github.com/countersign-auth/countersign/internal/ident"
)

// household is how many devices each phone meets.
const household = 5

// Reporters are phones that report to the face of devices, in this process.
type Reporters struct {
	handler http.Handler
	to      *envelope.PublicKey
	rig     *Rig
	phones  []reporter
	taken   atomic.Int64
}

type reporter struct {
	by *envelope.Signer
	id envelope.DeviceID

	customer ident.ID

	mu  sync.Mutex // one message of a phone at a time
	seq uint64
}

// Reporters enrolls n phones of as many customers, each with a household.
func (s *Store) Reporters(ctx context.Context, a *app.App, n int) (*Reporters, error) {
	r := &Reporters{rig: s.rig, phones: make([]reporter, n)}
	var err error
	r.handler, err = deviceserver.New(deviceserver.Config{
		Companions: a.Companions, Recipients: a.Recipients, Interactions: a.Interactions, Sources: client.NewLimiter(a.Now, fast), Device: fast, Now: a.Now, Log: a.Log, Room: 4096,
	})
	if err != nil {
		return nil, err
	}
	keys, err := a.Recipients.Offered(ctx)
	if err != nil {
		return nil, err
	}
	r.to = keys[0].Key.Public() // the hybrid one
	for i := range r.phones {
		if err := r.enroll(ctx, a, i); err != nil {
			return nil, err
		}
	}
	return r, s.Rest(ctx)
}

var fast = client.Rate{PerSecond: 1_000_000, Burst: 1_000_000}

// enroll registers the i-th phone and its household.
func (r *Reporters) enroll(ctx context.Context, a *app.App, i int) error {
	system, name := audit.System("bench"), strconv.Itoa(i)
	c, err := a.Customers.Create(ctx, system, customer.New{Number: reporterNumber(i)})
	if err != nil {
		return err
	}
	own, err := envelope.NewPrivateKey(envelope.X25519, secretOf("own", name))
	if err != nil {
		return err
	}
	p := &r.phones[i]
	p.customer = c.ID
	if p.by, err = envelope.NewSigner(envelope.Ed25519, secretOf("signer", name)); err != nil {
		return err
	}
	invited, err := a.Companions.Invite(ctx, system, companion.Order{Customer: c.ID}, companion.Wanted{Kind: companion.Phone})
	if err != nil {
		return err
	}
	phone, err := a.Companions.Enroll(ctx, invited.Code, companion.Thing{
		Can: []companion.Capability{companion.Application}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: p.by.Public(), Sealer: own.Public().Bytes()},
	})
	if err != nil {
		return err
	}
	p.id = envelope.DeviceID(phone.Requestor)
	var in report.Introduction
	for n := range household {
		in.Add = append(in.Add, report.Thing{Kind: "tv", Identifiers: []report.Identifier{{Kind: "serial", Value: strconv.Itoa(n)}}})
	}
	body, err := report.Append(nil, in)
	if err != nil {
		return err
	}
	return r.send(ctx, p, envelope.Devices, body)
}

func reporterNumber(i int) string { return "reporter-" + strconv.Itoa(i) }

func secretOf(parts ...string) []byte {
	h := sha256.Sum256([]byte(ident.Derive(parts...).String()))
	return h[:]
}

// Report has the i-th phone report so many events: what it saw in the last hours, and where it was.
func (r *Reporters) Report(ctx context.Context, i, events int) error {
	b, now := report.Batch{Zone: 60, Live: true, Events: make([]report.Event, events)}, r.rig.Now()
	for n := range b.Events {
		b.Events[n] = report.Event{Time: now.Add(-time.Duration(events-n) * time.Minute).UnixMilli(), Kind: report.Poll, Seen: []int{2, 3, 4, 5, 6}[:n%(household+1)]}
		if n%4 == 3 {
			b.Events[n] = report.Event{Time: b.Events[n].Time, Kind: report.Place, Place: &report.Cell{Token: "476d05"}}
		}
	}
	body, err := report.Append(nil, b)
	if err != nil {
		return err
	}
	if err := r.send(ctx, &r.phones[i%len(r.phones)], envelope.Report, body); err != nil {
		return err
	}
	r.taken.Add(int64(events))
	return nil
}

// Taken is how many events were acknowledged since the last call.
func (r *Reporters) Taken() int64 { return r.taken.Swap(0) }

// send seals a message and has it served.
func (r *Reporters) send(ctx context.Context, p *reporter, kind envelope.Kind, body []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seq++
	raw, _, err := envelope.Seal(envelope.Header{Device: p.id, Epoch: 1, Seq: p.seq, SentAt: r.rig.Now(), Kind: kind}, body, r.to, p.by)
	if err != nil {
		return err
	}
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, deviceserver.Path+"messages", bytes.NewReader(raw))
	req.Header.Set("Content-Type", "application/octet-stream")
	rec := httptest.NewRecorder()
	r.handler.ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		return fmt.Errorf("a message of a phone: status %d: %.200s", rec.Code, rec.Body)
	}
	return nil
}
