package rig

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/oath"
)

// approverRules are the policies of customers who approve payments on their phones.
const approverRules = `policies:
  - {code: app, method: approval, use: sign, failures: {max: 5, cool_down: 15m}, approval: {bank: Bench}}
  - {code: picture, method: picture, use: sign, failures: {max: 5, cool_down: 15m}, approval: {bank: Bench}}
journeys:
  - {purpose: payment, channel: web, ttl: 10m, sca: true, steps: [[app, picture]]}
registration: {code_length: 16, code_valid: 168h, attempts: {max: 5, cool_down: 15m}, resume: 30m, token_tries: {max: 5, cool_down: 15m}, pin_length: 4}
applications:
  - {code: bank, name: Bench, download: "https://bank.example/app", keys: {sign: "` + approverSuite + `"}, policies: [app, picture]}
`

const approverSuite = "OCRA-1:HOTP-SHA256-8:QH64-T1M"

// Approvers are customers with a mobile token each.
type Approvers struct {
	app   *app.App
	rig   *Rig
	suite oath.Suite
	by    audit.Actor
	all   []approver
}

type approver struct {
	number          string
	customer, token ident.ID
	key             []byte // that signs
}

// Approvers puts policies of approvals in force and makes n customers whose tokens sign.
func (s *Store) Approvers(ctx context.Context, a *app.App, n int) (*Approvers, error) {
	x := &Approvers{app: a, rig: s.rig, by: audit.Client(ident.Derive("bench"), "bench")}
	v, err := a.Policies.Store(ctx, x.by, []byte(approverRules))
	if err == nil {
		err = a.Policies.Activate(ctx, x.by, a.Policies.Active().Version, v)
	}
	if err == nil {
		x.suite, err = oath.ParseSuite(approverSuite)
	}
	for i := 0; i < n && err == nil; i++ {
		err = x.add(ctx, "A"+strconv.Itoa(i))
	}
	return x, err
}

// add makes a customer and provisions their token.
func (x *Approvers) add(ctx context.Context, number string) error {
	c, err := x.app.Customers.Create(ctx, x.by, customer.New{Number: number})
	if err != nil {
		return err
	}
	t, code, err := x.app.Mobile.Enroll(ctx, x.by, mobiletoken.Enrollment{Customer: c.ID, Application: "bank"})
	if err != nil {
		return err
	}
	if _, err := x.app.Mobile.Attempt(ctx, code.ClientID); err != nil {
		return err
	}
	provisioned := make([]byte, 20)
	_, _ = rand.Read(provisioned) // never fails
	session := mobiletoken.Session{ID: code.ClientID, Digest: sha256.Sum256([]byte(code.ClientID)), Body: []byte("answer"), Expires: x.rig.Now().Add(time.Hour)}
	if _, done, err := x.app.Mobile.Provision(ctx, mobiletoken.Provisioned{ClientID: code.ClientID, Key: provisioned, Session: session, New: true}); err != nil || !done {
		return fmt.Errorf("not provisioned: %w", err)
	}
	totp, err := oath.NewTOTP(provisioned, oath.TOTPOptions{})
	if err != nil {
		return err
	}
	first, err := totp.Code(x.rig.Now())
	if err != nil {
		return err
	}
	if got, err := x.app.Mobile.Confirm(ctx, x.by, c.ID, t.ID, first); err != nil || got.Reason != mobiletoken.Accepted {
		return fmt.Errorf("not confirmed: %s %w", got.Reason, err)
	}
	key, err := mobiletoken.Secret(provisioned, mobiletoken.UseSign)
	x.all = append(x.all, approver{number, c.ID, t.ID, key})
	return err
}

// start begins a payment of the i-th customer and has them asked.
func (x *Approvers) start(ctx context.Context, i int, policyCode string) (handle string, c authenticator.Challenge, err error) {
	p, err := payment.New(payment.Order{Amount: "12.00", Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "NO9386011117947", Name: "Kari Nordmann"}})
	if err != nil {
		return "", c, err
	}
	o, err := x.app.Hub.Start(ctx, x.by, hub.Start{CustomerNumber: x.all[i].number, Purpose: policy.PurposePayment, Channel: "web", Payment: p})
	if err != nil {
		return "", c, err
	}
	c, err = x.app.Hub.Ask(ctx, x.by, o.Handle, hub.Ask{Policy: policyCode})
	return o.Handle, c, err
}

// Approve has the i-th customer pay: started, asked, approved on the phone, taken by the bank.
func (x *Approvers) Approve(ctx context.Context, i int) error {
	handle, c, err := x.start(ctx, i, "app")
	if err != nil {
		return err
	}
	a := x.all[i]
	in, err := x.app.Prompts.Inbox(ctx, a.customer, a.token)
	if err != nil || len(in) == 0 {
		return fmt.Errorf("nothing in the inbox: %w", err)
	}
	p := in[len(in)-1]
	digits, err := x.sign(a, p.Content, c.Control)
	if err != nil {
		return err
	}
	got, err := x.app.Prompts.Approve(ctx, audit.Customer(a.customer), prompt.Answer{Customer: a.customer, Token: a.token, Prompt: p.ID, Digits: digits, Control: c.Control})
	if err != nil || !got.Accepted {
		return fmt.Errorf("not approved: %+v %w", got, err)
	}
	return x.take(ctx, handle, hub.Proof{Policy: "app"})
}

// Read has the i-th customer pay by picture: started, pictured and signed, typed.
func (x *Approvers) Read(ctx context.Context, i int) error {
	handle, c, err := x.start(ctx, i, "picture")
	if err != nil {
		return err
	}
	parts := strings.Split(c.Picture, ".")
	if len(parts) != 3 { // a compact JWS
		return errors.New("this is no picture")
	}
	content, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return err
	}
	digits, err := x.sign(x.all[i], string(content), "")
	if err != nil {
		return err
	}
	return x.take(ctx, handle, hub.Proof{Policy: "picture", Code: digits})
}

func (x *Approvers) sign(a approver, content, control string) (string, error) {
	o, err := oath.NewOCRA(x.suite, a.key)
	if err != nil {
		return "", err
	}
	return o.Code(oath.Input{Question: prompt.Question(content, control), Time: x.rig.Now()})
}

// take submits the proof; every payment must be granted.
func (x *Approvers) take(ctx context.Context, handle string, p hub.Proof) error {
	out, err := x.app.Hub.Step(ctx, x.by, handle, p)
	if err != nil || out.State != hub.Granted {
		return fmt.Errorf("not granted: %s %s %w", out.State, out.Reason, err)
	}
	return nil
}
