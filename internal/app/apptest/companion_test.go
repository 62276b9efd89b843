package apptest_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	emulated "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// recorder is a gateway in front of nodes that keeps all octets that pass.
type recorder struct {
	*httptest.Server

	mu   sync.Mutex
	seen bytes.Buffer
}

// gatewayTo passes everything on to the nodes by turns.
func gatewayTo(t *testing.T, addresses ...string) *recorder {
	t.Helper()
	g := &recorder{}
	turn := 0
	p := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			g.mu.Lock()
			defer g.mu.Unlock()
			r.SetURL(&url.URL{Scheme: "http", Host: addresses[turn%len(addresses)]})
			turn++
			r.Out.Body = io.NopCloser(io.TeeReader(r.In.Body, g))
		},
		ModifyResponse: func(r *http.Response) error {
			body, err := io.ReadAll(r.Body)
			_, _ = g.Write(body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			return err
		},
	}
	g.Server = httptest.NewServer(p)
	t.Cleanup(g.Close)
	return g
}

// Write implements io.Writer.
func (g *recorder) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen.Write(b)
}

// shows reports whether the gateway saw a text, as it is or in a usual encoding.
func (g *recorder) shows(text string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	seen := g.seen.Bytes()
	for _, form := range []string{text, strings.ToUpper(text), hex.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString([]byte(text)), url.QueryEscape(text)} {
		if bytes.Contains(seen, []byte(form)) {
			return true
		}
	}
	return false
}

// TestDevicesBehindAGateway (DI-48, DI-49): a phone and its watch talk to real nodes through a gateway that keeps everything: nothing of what is said is in
// it, in the log or in the audit log, and a message that both nodes get at once takes effect once.
func TestDevicesBehindAGateway(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
		nodes := 1
		if strings.HasPrefix(in.DSN, "postgres") {
			nodes = 2
		}
		var addresses []string
		for range nodes {
			address := apptest.FreeAddress(t)
			in.More = []string{"COUNTERSIGN_DEVICES_ADDRESS=" + address}
			in.Run(t)
			addresses = append(addresses, address)
		}
		g := gatewayTo(t, addresses...)
		var code string
		in.Open(t, func(a *app.App) {
			c, err := a.Customers.Create(t.Context(), audit.System("test"), customer.New{Number: "1001"})
			if err != nil {
				t.Fatal(err)
			}
			i, err := a.Companions.Invite(t.Context(), audit.System("test"), companion.Order{Customer: c.ID}, companion.Wanted{Kind: companion.Phone})
			if err != nil {
				t.Fatal(err)
			}
			code = i.Code
		})
		phone, err := emulated.New(g.URL, envelope.Hybrid, envelope.P256, g.Client(), clock.Now, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := phone.Enroll(t.Context(), report.Enrollment{Code: code, Model: "Model-of-a-phone", Can: []string{"application", "sensors"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := phone.Introduce(t.Context(), report.Thing{Kind: "watch", Identifiers: []report.Identifier{{Kind: "serial", Value: "SERIAL-OF-A-WATCH"}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := phone.Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
		seen := phone.Recognize([]report.Identifier{{Kind: "serial", Value: "SERIAL-OF-A-WATCH"}, {Kind: "serial", Value: "SERIAL-OF-A-STRANGER"}})
		first, err := phone.Report(t.Context(), report.Batch{Zone: 60, Live: true, Events: []report.Event{{Kind: report.Poll, Seen: seen}, {Kind: report.Place, Place: &report.Cell{Token: "476d05"}}}})
		if err != nil || first.Taken == nil || first.Taken.Events != 2 {
			t.Fatalf("%+v, %v", first.Taken, err)
		}
		atOnce(t, phone, first)
		for _, secret := range []string{"Model-of-a-phone", "SERIAL-OF-A-WATCH", "SERIAL-OF-A-STRANGER", "476d05", "zone_offset", strings.ReplaceAll(code, "-", ""), code} {
			if g.shows(secret) {
				t.Errorf("the gateway saw %q", secret)
			}
			if bytes.Contains(in.Log.Bytes(), []byte(secret)) {
				t.Errorf("the log shows %q", secret)
			}
		}
		if !g.shows(`"suite":"x25519"`) {
			t.Error("the gateway did not see the keys, which are open: does it record?")
		}
		if !g.shows(string(phone.Memory.Device)) {
			t.Error("the gateway did not see the pseudonym of the phone, which is open in its messages: does it record them?")
		}
		in.Open(t, func(a *app.App) {
			var batches, strangers int
			err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
				if err := tx.Row("SELECT COUNT(*) FROM interaction_batch").Scan(&batches); err != nil {
					return err
				}
				return tx.Row("SELECT COUNT(*) FROM companion").Scan(&strangers)
			})
			if err != nil || batches != 1 || strangers != 2 {
				t.Errorf("%d batches of one message, %d devices, %v; want 1 and 2", batches, strangers, err)
			}
		})
		in.Verify(t)
	})
}

// atOnce sends the last message of a device many times at once: all answers are the first one.
func atOnce(t *testing.T, d *emulated.Device, first report.Answer) {
	t.Helper()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			again, err := d.Again(t.Context())
			if diff := cmp.Diff(first, again); err != nil || diff != "" {
				t.Errorf("again: %v %s", err, diff)
			}
		})
	}
	all.Wait()
}
