package app

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	device "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/emulator/terminal"
	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/demo"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/iso8583server"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/lab"
	"github.com/countersign-auth/countersign/iso8583"
)

// What the demo's shop begins with.
const (
	walletFile   = "wallet.json"
	demoPAN      = "4147090000001237" // a made-up card: its prefix is the issuer's of the specification's example
	demoPIN      = "4711"
	shopProfile  = "iso87-bcd"
	shopReceipts = 10
)

// counter is the shop of the demo: a phone of the house and the watch that it needs, a till, and the issuer's server, all of it in this process.
type counter struct {
	mu    sync.Mutex // one customer at a time
	a     *App
	stage *stage
	file  string

	house  *simulatedHouse
	wallet *wallet.Wallet
	watch  *wallet.Thing
	near   bool
	steps  []lab.ShopStep
	tills  map[bool]*terminal.Till // by whether it is on the web

	kept
}

// kept is what the shop keeps in its file: the only keys of its devices.
type kept struct {
	Phone    device.Memory      `json:"phone"`
	Wallet   wallet.Memory      `json:"wallet"`
	Watch    device.Memory      `json:"watch"`
	Thing    wallet.ThingMemory `json:"thing"`
	Number   int                `json:"number"` // of the watch
	Told     time.Time          `json:"told"`   // until when the phone has reported
	Traces   map[string]int     `json:"traces"` // by terminal
	Receipts []lab.ShopReceipt  `json:"receipts"`
}

// addShop opens the shop of the demo's house, and gives its phone a token at the first time.
func (a *App) addShop(ctx context.Context, dir string, s *stage) (*counter, error) {
	c := &counter{a: a, stage: s, file: filepath.Join(dir, walletFile), kept: kept{Traces: map[string]int{}}}
	b, err := os.ReadFile(c.file)
	first := errors.Is(err, fs.ErrNotExist)
	if err != nil && !first {
		return nil, err
	}
	if first {
		c.begin()
	} else if err := json.Unmarshal(b, &c.kept); err != nil {
		return nil, fmt.Errorf("the demo's wallet: %w", err)
	}
	if err := c.build(ctx); err != nil || !first {
		return c, err
	}
	return c, c.fill(ctx)
}

// begin takes the phone and a watch that signs from the house.
func (c *counter) begin() {
	h := c.stage.house
	c.Phone = h.phone.Memory
	for _, d := range h.person.Devices {
		if own := h.own[d.Number]; own != nil && kindOfHousehold(d.Kind) == "watch" {
			c.Watch, c.Number = own.Memory, h.number[d.Number]
		}
	}
}

// build makes the emulated things of what is kept.
func (c *counter) build(ctx context.Context) error {
	face, err := c.a.deviceServer(nil)
	if err != nil {
		return err
	}
	inside := demo.Inside(face)
	emulated := func(m device.Memory) *device.Device {
		return &device.Device{HTTP: inside, URL: "http://inside", Now: c.a.Now, Rand: c.a.Rand, Memory: m}
	}
	h := *c.stage.house
	h.e, h.phone, h.http = &env{ctx: ctx, now: c.a.Now, rand: c.a.Rand}, emulated(c.Phone), inside
	c.house = &h
	c.watch = &wallet.Thing{Device: emulated(c.Watch), Kind: "serial", Number: c.Number, Memory: c.Thing}
	c.wallet = &wallet.Wallet{Device: h.phone, Memory: c.Wallet, Near: func(n int) (wallet.Peer, bool) { return overheard{c, c.watch}, c.near && n == c.Number }}
	p, err := iso8583.Load(shopProfile)
	if err != nil {
		return err
	}
	line, err := c.issuer(p)
	if err != nil {
		return err
	}
	network := &terminal.Network{Profile: p, Issuer: line}
	c.tills = map[bool]*terminal.Till{}
	for web, name := range map[bool]string{false: "Corner shop", true: "corner.example"} {
		till := &terminal.Till{
			Profile: p, Bank: network, Acquirer: "123456", Merchant: "CORNER", Name: name, Category: "5411", Country: "276", Terminal: "T0001", Web: web, Now: c.a.Now, Rand: c.a.Rand,
		}
		if web {
			till.Terminal = "W0001"
		}
		till.Trace = c.Traces[till.Terminal]
		c.tills[web] = till
	}
	return nil
}

// issuer is a line to a server of ISO 8583 in this process.
func (c *counter) issuer(p *iso8583.Profile) (*terminal.Line, error) {
	srv, err := iso8583server.New(iso8583server.Config{Profile: p, Desk: c.a.Issuing, Log: c.a.Log, SignOn: true, Idle: time.Hour, Room: 16, Most: 4})
	if err != nil {
		return nil, err
	}
	l := newInside()
	c.a.background = append(c.a.background, func(ctx context.Context) { _ = srv.Serve(ctx, l) })
	return &terminal.Line{Profile: p, Wait: 10 * time.Second, SignOn: true, Dial: l.dial}, nil
}

// fill makes portfolio, card and token.
func (c *counter) fill(ctx context.Context) error {
	by := audit.System("demo")
	p, err := c.a.Vault.CreatePortfolio(ctx, by, vault.NewPortfolio{Name: "Alder cards on phones", Range: vault.Range{Prefix: "490000", Digits: 16}, Profile: vault.DefaultProfile()})
	if err != nil {
		return err
	}
	card, err := c.a.Vault.AddAccount(ctx, by, vault.NewAccount{Customer: c.stage.owner, Portfolio: p.ID, Number: demoPAN, Expires: c.a.Now().AddDate(3, 0, 0).Format("0601")})
	if err != nil {
		return err
	}
	c.near = true
	if _, err := c.wallet.Add(ctx, report.TokenWish{Card: card.ID[:], With: []int{c.Number}, PIN: demoPIN}, true); err != nil {
		return err
	}
	if _, err := c.watch.Fetch(ctx); err != nil {
		return err
	}
	return c.save()
}

// save keeps what must survive. A counter that was used is kept before anything else happens with it.
func (c *counter) save() error {
	c.Phone, c.Wallet, c.Watch, c.Thing = c.house.phone.Memory, c.wallet.Memory, c.watch.Device.Memory, c.watch.Memory
	for _, t := range c.tills {
		c.Traces[t.Terminal] = t.Trace
	}
	b, err := json.Marshal(c.kept)
	if err != nil {
		return err
	}
	return os.WriteFile(c.file, b, 0o600)
}

// Look implements lab.Shop.
func (c *counter) Look(ctx context.Context) (lab.ShopState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.fetch(ctx); err != nil {
		return lab.ShopState{}, err
	}
	out := lab.ShopState{Owner: c.stage.name, Card: vault.Last4(demoPAN), Receipts: c.Receipts}
	if len(c.wallet.Memory.Tokens) == 0 {
		return out, c.save()
	}
	t := &c.wallet.Memory.Tokens[0]
	out.Last4, out.Wants = t.Last4, c.wallet.Wants(t)
	for _, k := range t.Keys[max(0, len(t.Keys)-3):] {
		out.Keys = append(out.Keys, lab.ShopKey{Index: k.Index, Used: k.Used, Uses: k.Uses, Charged: k.Charged, Limit: k.Amount, Until: time.UnixMilli(k.Until)})
	}
	return out, c.save()
}

// fetch gets letters that end tokens; those that ask for a key wait for the button. A device that the bank does not let in any more gets none.
func (c *counter) fetch(ctx context.Context) error {
	for _, get := range []func(context.Context) ([]report.Letter, error){c.watch.Fetch, c.wallet.Ends} {
		if _, err := get(ctx); err != nil && !device.Is(err, "envelope.refused") {
			return err
		}
	}
	return nil
}

// Renew implements lab.Shop.
func (c *counter) Renew(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wallet.Memory.Tokens) == 0 {
		return nil
	}
	if err := c.wallet.Renew(ctx, &c.wallet.Memory.Tokens[0]); err != nil {
		c.receipt(lab.ShopReceipt{Outcome: "refused", At: c.a.Now()})
		return c.save()
	}
	return errors.Join(c.fetch(ctx), c.save())
}

func (c *counter) receipt(r lab.ShopReceipt) {
	c.Receipts = slices.Insert(c.Receipts, 0, r)
	c.Receipts = c.Receipts[:min(len(c.Receipts), shopReceipts)]
}

// Pay implements lab.Shop.
func (c *counter) Pay(ctx context.Context, s lab.Sale) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wallet.Memory.Tokens) == 0 {
		return nil
	}
	c.near, c.steps = s.Watch && !s.Stolen, nil
	if err := c.tell(ctx, s); err != nil {
		return err
	}
	r, err := c.buy(ctx, s)
	if err != nil {
		return err
	}
	r.PIN = ""
	c.receipt(r)
	return c.save()
}

// buy pays at a till.
func (c *counter) buy(ctx context.Context, s lab.Sale) (r lab.ShopReceipt, err error) {
	r = lab.ShopReceipt{Sale: s, At: c.a.Now()}
	till := c.tills[s.Web]
	sale, err := till.Open(s.Amount, "978")
	if err != nil {
		return r, err
	}
	t := &c.wallet.Memory.Tokens[0]
	x, err := c.wallet.Pay(ctx, t, wallet.Purchase{Amount: s.Amount, Currency: "EUR", Chip: &sale.Chip, PIN: s.PIN})
	var refused *device.Refusal
	var problem *device.Problem
	switch {
	case errors.Is(err, wallet.ErrAbsent):
		r.Outcome = "absent"
	case errors.Is(err, wallet.ErrWorn):
		r.Outcome = "worn"
	case device.Is(err, "wallet.pin"), device.Is(err, "wallet.alone"):
		r.Outcome = "pin"
	case errors.As(err, &refused), errors.As(err, &problem):
		r.Outcome = "refused"
	case err != nil:
		return r, err
	}
	if r.Outcome != "" {
		return r, c.save()
	}
	if x.StoodIn {
		c.step("stand_in", nil)
	}
	c.step("final", x.Cryptogram)
	if err := c.save(); err != nil { // the counter is used up, whatever comes
		return r, err
	}
	got, err := till.Authorize(ctx, sale, terminal.Shown{Number: x.Number, Application: x.Application, Counter: x.Counter, Cryptogram: x.Cryptogram})
	if err != nil {
		return r, err
	}
	c.step("request", nil)
	c.steps = append(c.steps, lab.ShopStep{What: "answer", Octet: got.Code})
	r.Steps, r.Trace, r.Approval, r.Approved = c.steps, got.Trace, got.Approval, got.Amount
	switch {
	case got.Partial:
		r.Outcome = "partial"
	case got.Approved:
		r.Outcome = "approved"
	default:
		r.Outcome = "declined"
	}
	last, err := c.a.Issuing.Last(ctx, ident.ID(t.Token))
	r.Reason, r.Detail = string(last.Reason), last.Detail
	return r, err
}

func (c *counter) step(what string, octets []byte) {
	c.steps = append(c.steps, lab.ShopStep{What: what, Octet: hex.EncodeToString(octets)})
}

// tell has the phone report what it met in the last hours: where its owner usually is then, or in a strange town with a thief.
func (c *counter) tell(ctx context.Context, s lab.Sale) error {
	now := c.a.Now()
	from := now.Add(-sceneHours * time.Hour)
	if c.Told.After(from) {
		from = c.Told
	}
	hour := now.Add(time.Duration(c.stage.offset) * time.Minute).UTC().Hour()
	at := c.stage.places[c.stage.usual[hour]]
	if s.Stolen {
		at = c.stage.places[lab.Away]
	}
	var seen []household.Sighting
	for _, d := range c.house.person.Devices {
		worn := d.Group == household.OnBody || d.Kind == household.Wearable
		if d.On(0) && (worn && c.near || !worn && at.near[d.Number]) {
			seen = append(seen, household.Sighting{Device: d.Number, Proof: d.Proof, Worn: worn})
		}
	}
	batch := report.Batch{Zone: c.stage.offset}
	for t := from.Add(sceneStep); ; t = t.Add(sceneStep) {
		if t.After(now) {
			t = now
		}
		more, err := c.house.translate(household.Event{Kind: household.Poll, At: t, Stamp: t, Sent: now, Offset: c.stage.offset, Seen: seen, Cell: at.cell, Activity: c.near})
		if err != nil {
			return err
		}
		batch.Events = append(batch.Events, more...)
		if !t.Before(now) {
			break
		}
	}
	c.Told = now
	_, err := c.house.phone.Report(ctx, batch)
	var r *device.Refusal
	if errors.As(err, &r) { // the bank does not let this phone in any more: it pays without having reported
		err = nil
	}
	return errors.Join(err, c.save())
}

// overheard is the link to the watch, as somebody with an antenna hears it.
type overheard struct {
	c *counter
	*wallet.Thing
}

// Signed implements wallet.Peer.
func (o overheard) Signed(m envelope.Link) (envelope.Link, error) {
	if m.Kind != envelope.LinkCipher {
		return o.Thing.Signed(m)
	}
	o.c.step("first", m.Body)
	a, err := o.Thing.Signed(m)
	if err == nil {
		o.c.step("second", a.Body)
	}
	return a, err
}

// inside is a listener within this process.
type inside struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newInside() *inside { return &inside{conns: make(chan net.Conn), done: make(chan struct{})} }

func (l *inside) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *inside) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *inside) Close() error { l.once.Do(func() { close(l.done) }); return nil }

// Addr implements net.Listener.
func (l *inside) Addr() net.Addr { return &net.UnixAddr{Name: "inside", Net: "unix"} }
