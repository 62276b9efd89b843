package apptest_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/emulator/terminal"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/iso8583"
)

// issuer is an installation with a token whose key a test knows, and a line to its nodes.
type issuer struct {
	*apptest.Installation

	profile *iso8583.Profile
	number  string
	token   ident.ID
	key     vault.Granted
	counter int
	trace   int
}

func newIssuer(t *testing.T, in *apptest.Installation) *issuer {
	t.Helper()
	p, err := iso8583.Load("iso87-bcd")
	if err != nil {
		t.Fatal(err)
	}
	x := &issuer{Installation: in, profile: p}
	in.Open(t, func(a *app.App) {
		by := audit.System("test")
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		c, err := a.Customers.Create(t.Context(), by, customer.New{Number: "900"})
		ok(err)
		phone := device.Device{ID: ident.New(a.Now(), rand.Reader), Kind: device.Companion, Manufacturer: "companion", Status: device.Active, Customer: c.ID, Created: a.Now(), Assigned: a.Now()}
		phone.Serial = device.Serial(phone.ID.String())
		ok(a.DB.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(device.InsertSQL, phone.Row()...); return err }))
		profile := vault.DefaultProfile()
		profile.Adding = vault.AddFreely
		profile.Key.Uses, profile.Key.Amount = 1000, 1_000_000
		folder, err := a.Vault.CreatePortfolio(t.Context(), by, vault.NewPortfolio{Name: "cards", Range: vault.Range{Prefix: "490000", Digits: 16}, Profile: profile})
		ok(err)
		card, err := a.Vault.AddAccount(t.Context(), by, vault.NewAccount{Customer: c.ID, Portfolio: folder.ID, Number: "4147090000001237", Expires: "2912"})
		ok(err)
		tok, err := a.Vault.Issue(t.Context(), by, card.ID, phone.ID)
		ok(err)
		ok(a.Vault.Activate(t.Context(), by, tok.ID))
		x.number, x.token = tok.Number, tok.ID
		x.key, err = a.Vault.Renew(t.Context(), by, tok.ID, vault.Key, 1)
		ok(err)
	})
	return x
}

// till is an access device whose line goes to an address.
func (x *issuer) till(t *testing.T, address string, settings *tls.Config) (*terminal.Till, *terminal.Line) {
	t.Helper()
	line := &terminal.Line{Profile: x.profile, Wait: time.Minute, SignOn: true, Dial: func(ctx context.Context) (net.Conn, error) {
		if settings != nil {
			return (&tls.Dialer{Config: settings}).DialContext(ctx, "tcp", address)
		}
		return (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}}
	t.Cleanup(func() { _ = line.Close() })
	return &terminal.Till{
		Profile: x.profile, Bank: line, Acquirer: "123456", Merchant: "SHOP", Name: "Corner shop", Category: "5411", Country: "276", Terminal: "T1", Now: x.Clock.Now, Rand: rand.Reader, Trace: x.trace,
	}, line
}

// shown is the next payment of the token.
func (x *issuer) shown(t *testing.T, s terminal.Sale) terminal.Shown {
	t.Helper()
	x.counter++
	out := terminal.Shown{Number: x.number, Counter: x.counter, Application: cryptogram.ApplicationData{KeySet: byte(x.key.KeySet), CVR: [5]byte{3}, Index: x.key.Index}}
	chip := s.Chip
	chip.ATC, chip.Tail = uint16(x.counter), out.Application.CVR[:]
	data, err := chip.Data()
	if err != nil {
		t.Fatal(err)
	}
	k, err := cryptogram.NewKey(cryptogram.AES, x.key.Secret)
	if err != nil {
		t.Fatal(err)
	}
	out.Cryptogram = k.Cryptogram(data)
	return out
}

// used is what the key has given.
func (x *issuer) used(t *testing.T) (uses int, amount int64) {
	t.Helper()
	x.Open(t, func(a *app.App) {
		all, err := a.Vault.Grants(t.Context(), x.token)
		if err != nil || len(all) == 0 {
			t.Fatal(err, len(all))
		}
		uses, amount = all[0].Used, all[0].Charged
	})
	return uses, amount
}

// tape remembers the last message, so that a test can send it again.
type tape struct {
	terminal.Asker
	last *iso8583.Message
}

func (p *tape) Ask(ctx context.Context, m *iso8583.Message) (*iso8583.Message, error) {
	p.last = m
	return p.Asker.Ask(ctx, m)
}

// TestKilledBetweenDecisionAndAnswer: whenever the process is killed, the repeat of a message has one answer, and a payment takes of its key once.
func TestKilledBetweenDecisionAndAnswer(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds the program and kills it again and again")
	}
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		x := newIssuer(t, in)
		address := apptest.FreeAddress(t)
		in.More = append(in.More, "COUNTERSIGN_AUTHORIZATION_ADDRESS="+address)
		const rounds = 4
		for range rounds {
			node := in.Serve(t, program(t))
			till, line := x.till(t, address, nil)
			rec := &tape{Asker: line}
			till.Bank = rec
			sale, err := till.Open(100, "978")
			if err != nil {
				t.Fatal(err)
			}
			shown := x.shown(t, sale)
			var sent sync.WaitGroup
			sent.Go(func() { _, _ = till.Authorize(t.Context(), sale, shown) }) // it may be answered, lost, or reversed
			node.Kill()
			sent.Wait()
			x.trace = till.Trace

			node = in.Serve(t, program(t))
			_, again := x.till(t, address, nil)
			original := rec.last
			if original == nil {
				t.Fatal("nothing was sent")
			}
			if original.MTI != iso8583.AuthorizationRequest { // the till gave up: its reversal is what counts now
				if a, err := again.Ask(t.Context(), original); err != nil || a.Text(39) != "00" {
					t.Fatalf("the reversal: %v, %v", a, err)
				}
			} else {
				first, err := again.Ask(t.Context(), original)
				if err != nil {
					t.Fatal(err)
				}
				second, err := again.Ask(t.Context(), original)
				if err != nil || first.Text(39) != second.Text(39) || first.Text(38) != second.Text(38) {
					t.Errorf("two answers to one message: %v, then %v", first, second)
				}
			}
			node.Stop(t)
		}
		if uses, amount := x.used(t); uses > rounds || amount > 100*rounds {
			t.Errorf("%d payments took %d uses and %d", rounds, uses, amount)
		}
		in.Verify(t)
	})
}

// TestTwoNodesAnswerOneMessage: the same message on connections to two nodes, at once, has one answer and takes once.
func TestTwoNodesAnswerOneMessage(t *testing.T) {
	t.Parallel()
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		x := newIssuer(t, in)
		var nodes [2]string
		usual := slices.Clone(in.More)
		for i := range nodes {
			nodes[i] = apptest.FreeAddress(t)
			in.More = append(slices.Clone(usual), "COUNTERSIGN_AUTHORIZATION_ADDRESS="+nodes[i])
			in.Run(t)
		}
		in.More = usual
		const rounds = 10
		for range rounds {
			till, line := x.till(t, nodes[0], nil)
			rec := &tape{Asker: line}
			till.Bank = rec
			sale, err := till.Open(100, "978")
			if err != nil {
				t.Fatal(err)
			}
			shown := x.shown(t, sale)
			r, err := till.Authorize(t.Context(), sale, shown)
			if err != nil || !r.Approved {
				t.Fatalf("%+v, %v", r, err)
			}
			x.trace = till.Trace
			var both sync.WaitGroup
			for _, to := range nodes {
				both.Go(func() {
					_, other := x.till(t, to, nil)
					a, err := other.Ask(t.Context(), rec.last)
					if err != nil || a.Text(38) != r.Approval {
						t.Errorf("%v, %v; want the code %s", a, err, r.Approval)
					}
				})
			}
			both.Wait()
		}
		if uses, amount := x.used(t); uses != rounds || amount != 100*rounds {
			t.Errorf("%d payments took %d uses and %d", rounds, uses, amount)
		}
	})
}

// files puts a certificate and its key into files.
func files(t *testing.T, c tls.Certificate) (certificate, key string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("issuer.pem", "CERTIFICATE", c.Certificate[0]), write("issuer.key", "PRIVATE KEY", der)
}

// TestCardNetworksAreKnownByCertificates: who shows a certificate of the right authority is answered and named in the records; others are not heard.
func TestCardNetworksAreKnownByCertificates(t *testing.T) {
	t.Parallel()
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		x := newIssuer(t, in)
		ours, theirs, others := newAuthority(t), newAuthority(t), newAuthority(t)
		soon := time.Now().Add(time.Hour)
		cert, key := files(t, ours.issue(soon, nil, net.IPv4(127, 0, 0, 1)))
		address := apptest.FreeAddress(t)
		in.More = append(in.More,
			"COUNTERSIGN_AUTHORIZATION_ADDRESS="+address, "COUNTERSIGN_AUTHORIZATION_TLS_CERTIFICATE="+cert, "COUNTERSIGN_AUTHORIZATION_TLS_KEY="+key, "COUNTERSIGN_AUTHORIZATION_CLIENT_CA="+theirs.file)
		node := in.Run(t)
		roots := x509.NewCertPool()
		roots.AddCert(ours.cert)
		buy := func(with ...tls.Certificate) (terminal.Receipt, error) {
			till, _ := x.till(t, address, &tls.Config{RootCAs: roots, Certificates: with})
			sale, err := till.Open(100, "978")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { x.trace = till.Trace }()
			return till.Authorize(t.Context(), sale, x.shown(t, sale))
		}
		if r, err := buy(theirs.issue(soon, []string{"acquirer-one.example"})); err != nil || !r.Approved {
			t.Errorf("a known network: %+v, %v", r, err)
		}
		for name, with := range map[string][]tls.Certificate{"nobody's certificate": {others.issue(soon, []string{"acquirer-one.example"})}, "our own authority's": {ours.issue(soon, []string{"acquirer-one.example"})}, "none": nil} {
			if r, err := buy(with...); err == nil {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if uses, _ := x.used(t); uses != 1 {
			t.Errorf("%d uses", uses)
		}
		if log := in.Must(t, "audit", "tail", "-n", "50", "--json"); !strings.Contains(log, "card network acquirer-one.example") {
			t.Errorf("who asked is not in the records:\n%s", log)
		}
		if m := node.Measures(t); !strings.Contains(m, `countersign_network_messages_total{code="00",mti="0100"} 1`) {
			t.Error("the message is not counted")
		}
	})
}
