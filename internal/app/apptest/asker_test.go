package apptest_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/policy"
)

// asker is a customer whose codes are good for one decision each.
type asker struct {
	number, phone string
	handles       []string // of decisions; all but the last have been answered
	answered      int
}

// askers runs a center, over TLS where there is a configuration of it, and registers n
// customers whose logins begin with a code.
func askers(t *testing.T, in *apptest.Installation, n int, secured *tls.Config, ca string) (*smscenter.Center, []*asker) {
	t.Helper()
	center := smscenter.New(smscenter.Config{Now: time.Now})
	scheme := "smpp://"
	if secured != nil {
		scheme = "smpps://"
	}
	in.More = gateway(scheme+serveCenter(t, center, secured), ca)
	in.Open(t, func(a *app.App) { texts(t, a) })
	node := in.Run(t)
	bank := node.Bank()
	defer bank.Close()
	var all []*asker
	for i := range n {
		a := &asker{number: strconv.Itoa(80000 + i), phone: fmt.Sprintf("+479100%04d", i)}
		bank.Must(t, &struct{}{}, http.MethodPost, "/v1/customers", map[string]any{
			"customer_number": a.number, "name": "Customer " + a.number, "contacts": []any{map[string]any{"kind": "phone", "value": a.phone, "verified": true}},
		})
		bank.Must(t, &struct{}{}, http.MethodPost, "/v1/customers/"+a.number+"/phones", map[string]any{
			"number": a.phone, "identification": bank.Identified(t, a.number), "reason": "at the branch",
		})
		all = append(all, a)
	}
	arrived(t, in, n) // the notices that the phones are registered
	for _, a := range all {
		center.Clear(a.phone)
	}
	node.Stop(t)
	return center, all
}

// arrived waits until so many texts were made, and all are known to have arrived.
func arrived(t *testing.T, in *apptest.Installation, n int) {
	t.Helper()
	in.Open(t, func(x *app.App) {
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) { // another goroutine sends
			var made, there int
			err := x.DB.Read(t.Context(), func(tx *db.Tx) error {
				return tx.Row("SELECT COUNT(*), COUNT(CASE WHEN state = 'delivered' THEN 1 END) FROM sms").Scan(&made, &there)
			})
			switch {
			case err != nil:
				t.Fatal(err)
			case made == n && there == n:
				return
			case time.Now().After(deadline):
				t.Fatalf("%d texts were made and %d arrived", made, there)
			}
		}
	})
}

// serveCenter runs a center until the test ends, over TLS where secured is not nil.
func serveCenter(t *testing.T, center *smscenter.Center, secured *tls.Config) (address string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	if secured != nil {
		l = tls.NewListener(l, secured)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- center.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return address
}

// texts has logins begin with a code of ten digits, so that no two texts are alike, and
// one code for each decision.
func texts(t *testing.T, a *app.App) {
	t.Helper()
	doc, err := a.Policies.Active().Format()
	if err != nil {
		t.Fatal(err)
	}
	set, err := policy.Parse(doc) // a copy
	if err != nil {
		t.Fatal(err)
	}
	for i := range set.Policies {
		if p := &set.Policies[i]; p.Code == "sms-code" {
			p.Passcode = policy.Passcode{Digits: 10, TTL: 10 * time.Minute, Resend: 10 * time.Minute, Codes: 1, Requests: 100, Parts: 3}
		}
	}
	set.SMS.Number, set.SMS.Conversion.Sent = 100, 1_000_000
	set.Journeys = append(set.Journeys, policy.Journey{Purpose: "login", Channel: "texts", TTL: 10 * time.Minute, TextsFirst: true, Steps: [][]string{{"sms-code"}}})
	if doc, err = set.Format(); err == nil {
		var v int64
		if v, err = a.Policies.Store(t.Context(), audit.System("test"), doc); err == nil {
			err = a.Policies.Activate(t.Context(), audit.System("test"), a.Policies.Active().Version, v)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// start begins another decision; false when the node is gone.
func (a *asker) start(bank *apptest.Bank) bool {
	got, err := bank.Call(http.MethodPost, "/v1/authentications", "", map[string]any{"customer_number": a.number, "purpose": "login", "channel": "texts"})
	var out apptest.Authentication
	if err != nil || json.Unmarshal(got.Body, &out) != nil || out.Handle == "" {
		return false
	}
	a.handles = append(a.handles, out.Handle)
	return true
}

// ask asks for the code of the last decision, twice at once, unless it was answered; false
// when the node is gone.
func (a *asker) ask(t *testing.T, bank *apptest.Bank) bool {
	if a.answered == len(a.handles) {
		return true
	}
	path := "/v1/authentications/" + a.handles[a.answered] + "/challenge"
	var both sync.WaitGroup
	var got [2]apptest.Answer
	var errs [2]error
	for i := range got {
		both.Go(func() { got[i], errs[i] = bank.Call(http.MethodPost, path, "", map[string]any{}) })
	}
	both.Wait()
	for i := range got {
		if errs[i] != nil {
			return false
		}
		var c struct {
			Challenge string `json:"challenge"`
			Withheld  string `json:"withheld"`
		}
		if err := json.Unmarshal(got[i].Body, &c); err != nil || got[i].Status != http.StatusCreated || c.Withheld != "" {
			t.Errorf("customer %s asked for a code: %d %.300s", a.number, got[i].Status, got[i].Body)
			return false
		}
	}
	a.answered++
	return true
}
