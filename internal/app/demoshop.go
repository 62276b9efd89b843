package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	device "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/emulator/terminal"
	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/demo"
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
	profile := vault.DefaultProfile()
	profile.Adding = vault.AddFreely // so that the shop of the lab can be tried at once
	p, err := c.a.Vault.CreatePortfolio(ctx, by, vault.NewPortfolio{Name: "Alder cards on phones", Range: vault.Range{Prefix: "490000", Digits: 16}, Profile: profile})
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
