package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
)

// demoTold is what demo --json prints first.
type demoTold struct {
	URLs      map[string]string `json:"urls"`
	Customers []demoCustomer    `json:"customers"`
	Staff     []struct {
		Login         string `json:"login"`
		Role          string `json:"role"`
		Password      string `json:"password"`
		Authenticator string `json:"authenticator"`
	} `json:"staff"`
	Client struct {
		ID       string `json:"client_id"`
		Secret   string `json:"client_secret"`
		TokenURL string `json:"token_url"`
	} `json:"client"`
	Provider struct {
		ID       string `json:"ap_id"`
		Password string `json:"ap_pwd"`
	} `json:"provider"`
}

// demoCustomer is a customer of the demo.
type demoCustomer struct {
	Number         string `json:"customer_number"`
	Name           string `json:"name"`
	Phone          string `json:"phone"`
	Serial         string `json:"token_serial"`
	Second         string `json:"second_token_serial"`
	Registered     bool   `json:"registered"`
	PIN            string `json:"token_pin"`
	Password       string `json:"password"`
	ActivationCode string `json:"activation_code"`
	MobilePIN      string `json:"mobile_id_pin"`
	SigningPIN     string `json:"mobile_id_signing_pin"`
	PUK            string `json:"sim_puk"`
}

// startDemo runs `countersign demo` on free ports until the test ends, and
// returns what it printed.
func startDemo(t *testing.T) (d demoTold) {
	t.Helper()
	return startDemoAt(t, time.Now)
}

// startDemoAt runs the demo by another clock. The SIM cards, which are a process of their own, go by the true one.
func startDemoAt(t *testing.T, now func() time.Time) (d demoTold) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	code := make(chan int, 1)
	log := &testLog{t: t}
	go func() {
		code <- app.MainAt(ctx, now, []string{"demo", "--listen", "127.0.0.1:0", "--json"}, in, log)
		_ = in.Close()
	}()
	t.Cleanup(func() {
		stop()
		if n := <-code; n != 0 {
			t.Errorf("the demo ended with exit code %d", n)
		}
		log.stop()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the demo printed nothing: %v", err)
	}
	if err := json.Unmarshal(line, &d); err != nil {
		t.Fatalf("the demo printed %q: %v", line, err)
	}
	return d
}
