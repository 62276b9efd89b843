package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/demo"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/telemetry"
	"github.com/countersign-auth/countersign/internal/web/bank"
	"github.com/countersign-auth/countersign/internal/web/lab"
	"github.com/countersign-auth/countersign/internal/webhook"
)

// demoCmd runs the product with a made-up bank.
type demoCmd struct {
	Listen string `default:"127.0.0.1:8080" help:"Address of the front page; the other faces take the ports after it. Port 0 chooses free ports."`
	Data   string `placeholder:"DIR" help:"Keep everything in this directory; by default in a temporary one, removed at the end."`
	JSON   bool   `name:"json" help:"First print one JSON object with every URL, login and client, then serve until interrupted."`
	Log    string `default:"warn" enum:"debug,info,warn,error" help:"Least important level of the log on standard error."`
}

// demoFaces are the demo's listeners in the order of their ports.
var demoFaces = []string{"front", "bank", "console", "api", "lab", "metrics", "self", "smsc", "mobile", "certificates", "mss", "devices"}

// Run serves the demo until it is interrupted.
func (c demoCmd) Run(e *env) (err error) {
	dir, remove, err := c.directory()
	if err != nil {
		return err
	}
	defer remove()
	open, addresses, err := c.listen()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, open.close()) }()
	s := Setup{
		Config: c.config(dir, addresses), Now: e.now, Rand: e.rand,
		Log: telemetry.NewLogger(e.stderr, telemetry.LogOptions{Level: level(c.Log), Text: true, Now: e.now}),
	}
	if err := s.prepare(e.ctx); err != nil {
		return err
	}
	a, err := New(e.ctx, s)
	if err != nil {
		return err
	}
	a.berths = open
	facts, err := a.addDemo(e.ctx, dir, addresses)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	a.announce = func() error { return c.tell(e, a, facts, addresses) }
	return errors.Join(a.Run(e.ctx), a.Close())
}

// directory returns where the demo keeps its data, and how to tidy up.
func (c demoCmd) directory() (dir string, remove func(), err error) {
	if c.Data != "" {
		return c.Data, func() {}, os.MkdirAll(filepath.Join(c.Data, "lab"), 0o700)
	}
	if dir, err = os.MkdirTemp("", "countersign-demo-"); err != nil {
		return "", nil, err
	}
	return dir, func() { _ = os.RemoveAll(dir) }, os.Mkdir(filepath.Join(dir, "lab"), 0o700)
}

// listen opens the listeners of all faces: on the ports after the first, or on free ones.
func (c demoCmd) listen() (berths, map[string]string, error) {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nil, nil, hinted{fmt.Errorf("--listen %s is not an address", c.Listen), "Use HOST:PORT, such as 127.0.0.1:8080."}
	}
	first, err := strconv.Atoi(port)
	if err != nil || first < 0 || first > 65535-len(demoFaces) {
		return nil, nil, fmt.Errorf("--listen %s: the port must be 0 to %d", c.Listen, 65535-len(demoFaces))
	}
	return berth(host, first, demoFaces)
}

// config is the demo's configuration: everything in one directory.
func (c demoCmd) config(dir string, addresses map[string]string) config.Config {
	cfg := config.Default()
	cfg.Origin = "demo.alder.example"
	cfg.Database.DSN = config.Secret("sqlite:" + filepath.Join(dir, "countersign.db"))
	cfg.Keys.File = filepath.Join(dir, "countersign.key")
	cfg.Audit.Anchor = filepath.Join(dir, "countersign.anchor")
	for name, l := range map[string]*config.Listener{"api": &cfg.API, "console": &cfg.Console, "self": &cfg.Self, "mobile": &cfg.Mobile, "certificates": &cfg.Certificates, "mss": &cfg.MSS, "devices": &cfg.Devices, "metrics": &cfg.Metrics} {
		l.Address, l.URL, l.PlainHTTP = addresses[name], "http://"+addresses[name], true
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	cfg.Webhook = config.Webhook{
		URL: "http://" + addresses["bank"] + hookPath, Loopback: true,
		Secret: config.Secret("whsec_" + base64.StdEncoding.EncodeToString(secret)),
	}
	cfg.Providers.Loopback = true
	cfg.SMS.First.URL, cfg.SMS.First.SystemID, cfg.SMS.First.Source = "smpp://"+addresses["smsc"], "alder", "Alder Bank"
	cfg.SMS.First.Cards = cardSource
	cfg.SMS.First.Password = config.Secret(base64.RawURLEncoding.EncodeToString(secret[:6])) // SMPP has room for eight characters
	return cfg
}

// prepare brings the schema and the keys of a new installation into being.
func (s Setup) prepare(ctx context.Context) error {
	d, err := s.openDB(ctx)
	if err != nil {
		return err
	}
	return errors.Join(s.prepareDB(ctx, d), d.Close())
}

func (s Setup) prepareDB(ctx context.Context, d *db.DB) error {
	if _, err := d.Migrate(ctx); err != nil {
		return err
	}
	kek, err := s.kekOrNew()
	if err != nil {
		return err
	}
	if _, err := keyring.Open(ctx, d, kek, s.ringOptions()); err == nil {
		return nil
	}
	return keyring.Init(ctx, d, kek, s.ringOptions(), commandLine)
}

// addDemo fills the installation and adds the demo's faces.
func (a *App) addDemo(ctx context.Context, dir string, addresses map[string]string) (*demo.Facts, error) {
	url := func(name string) string { return "http://" + addresses[name] }
	if a.Risk.Places == nil {
		places, err := demo.Places()
		if err != nil {
			return nil, err
		}
		a.Risk.Places = places
	}
	shelf := lab.NewShelf(lab.Dir(filepath.Join(dir, "lab")), a.Now)
	apps := &lab.Mobiles{Phones: demo.Phones(), Server: url("mobile"), HTTP: &http.Client{Timeout: 10 * time.Second}, Store: lab.Dir(filepath.Join(dir, "lab")), Now: a.Now, Rand: a.Rand}
	tokenFace, err := a.mobile()
	if err != nil {
		return nil, err
	}
	facts, err := demo.Fill(ctx, demo.System{
		PKI: a.PKI, MobileIDs: a.MobileIDs, Post: a.postToSIMs, Cards: a.SIMs, CardFile: filepath.Join(dir, "lab", demo.SIMStore),
		Mobile: a.Mobile, Apps: apps, Inside: demo.Inside(tokenFace),
		Customers: a.Customers, Clients: a.Clients, Providers: a.Providers, Staff: a.Staff, Tokens: a.Tokens, Desk: a.Desk, Callers: a.Identification, Policies: a.Policies, Passwords: a.Secrets, Risk: a.Risk,
		Shelf: shelf, Phone: (&seedPhones{app: a, last: map[string]string{}}).read, Now: a.Now, Rand: a.Rand, Log: a.Log,
	}, dir)
	if err != nil {
		return nil, err
	}
	if err := a.settleHouse(ctx, filepath.Join(dir, "lab")); err != nil {
		return nil, fmt.Errorf("the demo's house: %w", err)
	}
	if err := a.addCenter(addresses["smsc"]); err != nil {
		return nil, err
	}
	sims, err := a.addSIMs(ctx, dir, addresses["smsc"], a.simPassword())
	if err != nil {
		return nil, err
	}
	scenes, err := a.addStage(ctx, filepath.Join(dir, "lab"))
	if err != nil {
		return nil, fmt.Errorf("the demo's house: %w", err)
	}
	a.background = append(a.background, scenes.close)
	shop, err := a.addShop(ctx, filepath.Join(dir, "lab"), scenes)
	if err != nil {
		return nil, fmt.Errorf("the demo's shop: %w", err)
	}
	rack, err := lab.NewRack(a.Center, phones(facts)...)
	if err != nil {
		return nil, err
	}
	tokens, err := lab.New(lab.Config{Shelf: shelf, Rack: rack, Apps: apps, SIMs: sims, House: scenes, Shop: shop, Home: url("front"), Bank: url("bank"), Now: a.Now, Rand: a.Rand, Log: a.Log})
	if err != nil {
		return nil, err
	}
	secret, err := webhook.ParseSecret(string(a.Config.Webhook.Secret))
	if err != nil {
		return nil, err
	}
	post := &postbox{facts: facts, secret: secret, now: a.Now, known: map[string]bool{}}
	banking, err := bank.New(bank.Config{
		API: url("api"), ClientID: facts.Client.ID, ClientSecret: config.Secret(facts.Client.Secret), HTTP: &http.Client{Timeout: 10 * time.Second},
		Book: bank.File(filepath.Join(dir, "bank-payments.jsonl")), Letters: post, Home: url("front"), Lab: url("lab"), Probe: true, Now: a.Now, Rand: a.Rand, Log: a.Log.With(slog.String("face", "bank")),
	})
	if err != nil {
		return nil, err
	}
	front, err := lab.Front(lab.FrontConfig{URLs: map[lab.Place]string{
		lab.PlaceBank: url("bank"), lab.PlaceSelf: url("self"), lab.PlaceConsole: url("console"), lab.PlaceLab: url("lab"), lab.PlaceMobile: url("mobile") + "/app/bank/", lab.PlaceAPI: url("api") + "/docs",
	}, Logins: logins(facts), Now: a.Now, Rand: a.Rand, Log: a.Log})
	if err != nil {
		return nil, err
	}
	a.home = url("front")
	for name, h := range map[string]http.Handler{"front": front, "bank": withHook(banking, post), "lab": tokens} {
		a.faces = append(a.faces, face{name: name, address: config.Listener{Address: addresses[name], URL: url(name)}, handler: h})
	}
	return facts, nil
}

// withHook lets the bank's own server take messages beside its pages.
func withHook(pages http.Handler, hook http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(hookPath, hook)
	mux.Handle("/", pages)
	return mux
}
