package app

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/evidence"
)

// evidenceCmd is about signed assertions.
type evidenceCmd struct {
	Verify    evidenceVerifyCmd    `cmd:"" help:"Verify an archived assertion, or the evidence of a signature, and print what it says."`
	Signature evidenceSignatureCmd `cmd:"" help:"Export what proves a signature that a person has made by mobile ID, in one file."`

	Keys evidenceKeysCmd `cmd:"" help:"Show the keys that sign assertions, or print them for the archive."`

	Withdraw evidenceWithdrawCmd `cmd:"" help:"Stop publishing a retired key, because it may have been stolen."`
}

type evidenceVerifyCmd struct {
	File string `arg:"" help:"The assertion, or the evidence of a signature (ZIP), or - for standard input."`
	JWKS string `name:"jwks" placeholder:"FILE" help:"The published keys, archived from /.well-known/jwks.json. Without it, all keys that this installation ever had; with it, neither configuration nor database is needed."`
	JSON bool   `name:"json" help:"Print the claims as JSON."`

	CA     string `name:"ca" placeholder:"FILE" help:"Of a signature: root certificates that are trusted, in PEM. With --jwks and --log-key, or none of them."`
	LogKey string `name:"log-key" placeholder:"FILE" help:"Of a signature: the key of the audit log, as \"audit key\" prints it."`
}

// Run verifies an assertion.
func (v evidenceVerifyCmd) Run(e *env, c *cli) error {
	text, err := e.input(v.File)
	if err != nil {
		return err
	}
	if evidence.IsContainer([]byte(text)) {
		return v.signature(e, c, []byte(text))
	}
	set, err := v.keys(e, c)
	if err != nil {
		return err
	}
	claims, kid, err := evidence.Verify(strings.TrimSpace(text), set)
	if err != nil {
		return err
	}
	if v.JSON {
		return e.json(struct {
			KeyID  string          `json:"key_id"`
			Claims evidence.Claims `json:"claims"`
		}{kid, claims})
	}
	return v.print(e, claims, kid)
}

// maxInput is more than any evidence has, in bytes.
const maxInput = evidence.MaxContainer + 1

// input reads a file, or standard input for "-".
func (e *env) input(name string) (string, error) {
	if name == "-" {
		b, err := io.ReadAll(io.LimitReader(e.stdin, maxInput))
		return string(b), err
	}
	b, err := readFile(name)
	return string(b), err
}

func (v evidenceVerifyCmd) keys(e *env, c *cli) (set jose.JSONWebKeySet, err error) {
	if v.JWKS != "" {
		text, err := readFile(v.JWKS)
		if err != nil {
			return set, err
		}
		return evidence.ParseKeySet(text)
	}
	err = e.tools(c, func(a *App) error {
		set, err = a.Evidence.Archive(e.ctx)
		return err
	})
	return set, err
}

// print shows claims to people.
func (evidenceVerifyCmd) print(e *env, c evidence.Claims, kid string) error {
	at := func(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }
	lines := [][2]string{
		{"signature", "good, by the key " + kid},
		{"issuer", c.Issuer},
		{"audience", c.Audience},
		{"customer", c.Subject},
		{"granted", at(c.AuthTime)},
		{"issued", at(c.IssuedAt)},
		{"purpose", c.Purpose + " on the channel " + c.Channel},
		{"class", class(c)},
	}
	for _, m := range c.Methods {
		lines = append(lines, [2]string{"proof", proof(m)})
	}
	if p := c.Payment; p != nil {
		lines = append(lines, [2]string{"payment", p.Currency + " " + p.Amount + orders(p)}, [2]string{"hash", c.PaymentHash})
		for _, o := range p.Orders {
			lines = append(lines, [2]string{"order", o.Currency + " " + o.Amount + " to " + o.Payee.String()})
			if o.Reference != "" {
				lines = append(lines, [2]string{"", "reference " + o.Reference})
			}
		}
	}
	lines = append(lines, [2]string{"policies", fmt.Sprintf("version %d", c.Policies)}, [2]string{"name", c.Txn}, [2]string{"audit log", c.Record})
	for _, l := range lines {
		if err := e.line(fmt.Sprintf("%-10s %s", l[0], printable(l[1]))); err != nil {
			return err
		}
	}
	return nil
}

func class(c evidence.Claims) string {
	switch c.Class {
	case evidence.ClassSCA:
		return "strong customer authentication: two independent factors"
	case evidence.ClassSingle:
		return "one factor"
	}
	return c.Class
}

func proof(m evidence.Method) string {
	s := m.Policy + ": " + m.Method + " " + m.Device + ", " + strings.Join(m.Factors, " and ")
	if m.Use == "sign" {
		s += ", computed over the payment"
	}
	return s
}

func orders(p *evidence.Payment) string {
	switch {
	case p.Count == 1:
		return ""
	case len(p.Orders) == 0:
		return fmt.Sprintf(" in %d orders, bound by the hash and not listed", p.Count)
	}
	return fmt.Sprintf(" in %d orders", p.Count)
}

// printable replaces what a terminal could take for a command.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '\ufffd'
		}
		return r
	}, s)
}

type evidenceKeysCmd struct {
	JWKS bool `name:"jwks" xor:"form" help:"Print every public key there ever was as a JWK set."`
	JSON bool `name:"json" xor:"form" help:"Print JSON."`
}

// Run shows the keys.
func (k evidenceKeysCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		if k.JWKS {
			set, err := a.Evidence.Archive(e.ctx)
			if err != nil {
				return err
			}
			return e.json(set)
		}
		all, err := a.Evidence.Keys(e.ctx)
		if err != nil {
			return err
		}
		if k.JSON {
			return e.json(all)
		}
		t := e.table("KEY", "STATE", "ACTIVE FROM", "PUBLISHED UNTIL", "KID")
		for _, x := range all {
			until := "-"
			if !x.Expires.IsZero() {
				until = x.Expires.Format(time.DateOnly)
			}
			t.row(strconv.FormatInt(x.Number, 10), string(x.State), x.From.Format("2006-01-02 15:04:05"), until, x.KID)
		}
		return t.flush()
	})
}

type evidenceWithdrawCmd struct {
	Number int64 `arg:"" help:"The key's number, as \"evidence keys\" shows it."`
}

// Run withdraws a key.
func (w evidenceWithdrawCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		if err := a.Evidence.Withdraw(e.ctx, audit.System("cli"), w.Number); err != nil {
			return err
		}
		return e.line("The key is withdrawn; nodes learn of it within half a minute. Tell whoever archived key sets: what it signed must be compared with the audit log.")
	})
}

// rotateEvidence replaces the key that signs assertions.
func (k keysRotateCmd) rotateEvidence(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		made, err := a.Evidence.Rotate(e.ctx, audit.System("cli"), k.Now)
		if err != nil {
			return err
		}
		if k.Now {
			return e.line("The key " + made.KID + " signs now; nodes learn of it within half a minute. Verifiers that keep a copy of the key set may not know it for five minutes. The old key stays published: see docs/evidence.md if it was stolen.")
		}
		return e.line("The key " + made.KID + " is published and signs from " + made.From.UTC().Format(time.RFC3339) + " on.")
	})
}
