package apptest_test

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// course is a run through all flows with secrets that are known.
type course struct {
	t       *testing.T
	in      *apptest.Installation
	clock   *dbtest.Clock
	secrets apptest.Secrets
	errs    bytes.Buffer // every error and every output of a command
	seed    []byte
	pin     string
}

// TestNoSecretAnywhere is invariant 7: after all flows, right and wrong, no seed,
// PIN, code, password, activation code, invitation, client secret or access token
// stands in a log, an error, an answer, a metric, the audit log, or the database.
func TestNoSecretAnywhere(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
		c := &course{t: t, in: in, clock: clock, secrets: apptest.Secrets{}, seed: []byte("a seed to be kept 20"), pin: "83620417"}
		c.secrets.Add("the seed", c.seed)
		c.secrets.Text("the PIN", c.pin)
		c.key()
		c.imports()
		c.movesIn()
		node := in.Run(t)
		bank := node.Bank()
		defer bank.Close()
		answers := append(c.customers(bank), c.knows(bank)...)
		c.staff()
		c.commands()
		for i, s := range bank.Secrets() {
			c.secrets.Text(fmt.Sprint("a credential of the application, ", i), s)
		}
		metrics := node.Measures(t)
		node.Stop(t)
		for what, text := range map[string][]byte{
			"the log": in.Log.Bytes(), "the answers": answers, "the metrics": []byte(metrics), "errors and outputs": c.errs.Bytes(), "the journal": c.journal(), "the database": c.database(),
		} {
			if len(text) == 0 {
				t.Errorf("%s is empty: nothing was looked at", what)
			}
			for _, found := range c.secrets.Found(text) {
				t.Errorf("%s has %s", what, found)
			}
		}
		if len(c.secrets) < 18 {
			t.Errorf("only %d secrets were looked for", len(c.secrets))
		}
	})
}

// key notes the key-encryption key.
func (c *course) key() {
	c.t.Helper()
	b, err := os.ReadFile(filepath.Join(c.in.Dir, "countersign.key"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, line := range strings.Fields(string(b)) {
		if raw, err := base64.StdEncoding.DecodeString(line); err == nil && len(raw) == 32 {
			c.secrets.Add("the key-encryption key", raw)
			return
		}
		if _, value, ok := strings.Cut(line, ":"); ok && len(value) >= 32 {
			c.secrets.Text("the key-encryption key", value)
			return
		}
	}
	c.secrets.Text("the key file", string(b))
}

// imports brings a token with nine digits and a PIN from a good file, and shows
// files with faults whose values must not be repeated.
func (c *course) imports() {
	c.t.Helper()
	var good bytes.Buffer
	w, err := pskc.NewWriter(&good, pskc.WriterOptions{InsecurePlain: true})
	write := func(p *pskc.KeyPackage) {
		if err == nil {
			err = w.WritePackage(p)
		}
	}
	device := pskc.Device{Manufacturer: "oath.TEST", SerialNo: "SECRET1"}
	write(&pskc.KeyPackage{Device: device, Key: pskc.Key{
		ID: "k", Algorithm: pskc.AlgorithmHOTP, Profile: pskc.ProfileHOTP, Hash: pskc.SHA1, Secret: pskc.NewSecret(c.seed), Counter: pskc.Some(0),
		Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 9}, Policy: pskc.Policy{PIN: &pskc.PINPolicy{Mode: pskc.PINPrepend, KeyID: "p"}},
	}})
	write(&pskc.KeyPackage{Device: device, Key: pskc.Key{
		ID: "p", Algorithm: pskc.AlgorithmPIN, Profile: pskc.ProfilePIN, Secret: pskc.NewSecret([]byte(c.pin)), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: len(c.pin)},
	}})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	bad := "BAD1," + hex.EncodeToString(c.seed) + ",hotp,6,30,sha99\nBAD2," + hex.EncodeToString(c.seed) + "0,hotp\nBAD3,zz" + hex.EncodeToString(c.seed) + ",hotp\nBAD4," + hex.EncodeToString(c.seed) + "," + hex.EncodeToString(c.seed) + "\n"
	cut := good.String()[:good.Len()/2]
	c.in.Open(c.t, func(a *app.App) {
		for name, file := range map[string]string{"good.xml": good.String(), "bad.csv": bad, "cut.xml": cut} {
			_, err := a.Tokens.ImportFile(context.Background(), audit.System("test"), token.Import{
				Name: name, Set: a.Policies.Active(), Now: c.clock.Now(), Options: pskc.Options{Hash: pskc.SHA1},
				Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(file)), nil },
				Sink: func(r token.Row) error { _, err := fmt.Fprintf(&c.errs, "%+v\n", r); return err },
			})
			c.note(err)
		}
	})
}

// note keeps an error in all the ways in which it can be printed.
func (c *course) note(err error) { _, _ = fmt.Fprintf(&c.errs, "%v\n%+v\n%#v\n", err, err, err) }

// customers registers a customer and logs in, right and wrong. It returns the
// answers, but for the one that hands out an activation code.
func (c *course) customers(bank *apptest.Bank) []byte {
	t := c.t
	t.Helper()
	bank.CreateCustomer(t, "700")
	before := len(bank.Said())
	code := bank.ActivationCode(t, "700")
	after := len(bank.Said())
	c.secrets.Text("the activation code", code)
	otp, err := oath.NewHOTP(c.seed, oath.HOTPOptions{Digits: 9})
	if err != nil {
		t.Fatal(err)
	}
	shown := func(counter uint64) string {
		s := otp.Code(counter)
		c.secrets.Text(fmt.Sprint("the code ", counter), s)
		return c.pin + s
	}
	r := bank.Begin(t, "700", code)
	bank.Token(t, r.Handle, "secret1")
	bank.Confirm(t, r.Handle, c.pin+"123456789")
	if r = bank.Confirm(t, r.Handle, shown(0)); r.State != "done" {
		t.Fatalf("%+v", r)
	}
	if got := bank.MustLogin(t, "700", shown(1)); got.State != "granted" {
		t.Fatalf("%+v", got)
	}
	bank.MustLogin(t, "700", shown(1))
	bank.MustLogin(t, "nobody", shown(2))
	for _, typed := range []string{shown(3) + "x", shown(4) + "00000", code} {
		if a, err := bank.Try("700", typed, ""); err != nil || a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%d %s, %v", a.Status, a.Body, err)
		}
	}
	bank.MustLogin(t, "700", shown(5))
	// A body of another shape, with secrets in it, must not be repeated either.
	for _, body := range []any{map[string]any{"code": shown(6), "customer_number": 7}, []string{shown(7), c.pin}, map[string]any{"pin": c.pin + shown(8)}} {
		if a, err := bank.Call(http.MethodPost, "/v1/authentications", "", body); err != nil || a.Status < 400 || a.Status >= 500 {
			t.Errorf("%d %s, %v", a.Status, a.Body, err)
		}
	}
	said := bank.Said()
	return append(bytes.Clone(said[:before]), said[after:]...)
}

// staff invites, enrolls, logs in and mistypes.
func (c *course) staff() {
	t := c.t
	t.Helper()
	ctx, password := context.Background(), "correct horse battery staple"
	c.secrets.Text("the password", password)
	c.in.Open(t, func(a *app.App) {
		_, inv, err := a.Staff.Create(ctx, audit.System("test"), staff.New{Login: "ada", Name: "Ada", Role: staff.Administrator})
		if err != nil {
			t.Fatal(err)
		}
		c.secrets.Text("the invitation", inv.Code)
		e, err := a.Staff.Enrollment(ctx, inv.Code)
		if err != nil {
			t.Fatal(err)
		}
		key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(strings.TrimRight(e.Secret, "="), " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		c.secrets.Add("the TOTP key", key)
		otp, err := oath.NewTOTP(key, oath.TOTPOptions{})
		if err != nil {
			t.Fatal(err)
		}
		code := func() string {
			c.clock.Advance(time.Minute)
			s, err := otp.Code(c.clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		g, ok, err := a.Staff.Enroll(ctx, staff.Setup{Invitation: inv.Code, Password: password, Code: code(), Source: "127.0.0.1", Agent: "test"})
		if !ok || err != nil {
			t.Fatalf("%t, %v", ok, err)
		}
		c.secrets.Text("a session token", g.Token)
		g, ok, err = a.Staff.Login(ctx, staff.Attempt{Login: "ada", Password: password, Code: code(), Source: "127.0.0.1"})
		if !ok || err != nil {
			t.Fatalf("%t, %v", ok, err)
		}
		c.secrets.Text("another session token", g.Token)
		for _, wrong := range []staff.Attempt{
			{Login: "ada", Password: password + "!", Code: code()}, {Login: password, Password: password, Code: code()}, {Login: "ada", Password: password, Code: password},
		} {
			_, ok, err := a.Staff.Login(ctx, wrong)
			if ok {
				t.Error("a wrong login was accepted")
			}
			c.note(err)
		}
		_, _, err = a.Staff.ChangePassword(ctx, g.Token, password, "000000", password)
		c.note(err)
	})
}

// commands runs what operators look at things with.
func (c *course) commands() {
	for _, args := range [][]string{
		{"token", "show", "SECRET1"},
		{"token", "show", "SECRET1", "--json"},
		{"audit", "tail", "-n", "200"},
		{"audit", "tail", "-n", "200", "--json"},
		{"keys", "status"},
		{"client", "list"},
		{"staff", "list"},
		{"doctor"},
		{"audit", "verify", "--json"},
		{"token", "resync", "SECRET1", "123456789", "12345678x", "--right", "birth-date,address,document"},
		{"token", "unlock", "SECRET1", "12345674", "--right", "birth-date,address,document"},
		{"oath", "hotp", "--key", "x" + hex.EncodeToString(c.seed), "--counter", "1"},
	} {
		out, errs, _ := c.in.Command(args...)
		c.errs.WriteString(out + errs)
	}
}

// journal returns every cell of the audit journal.
func (c *course) journal() []byte {
	var all bytes.Buffer
	c.in.Open(c.t, func(a *app.App) {
		err := a.DB.Read(context.Background(), func(tx *db.Tx) error {
			return tx.Each("SELECT kind, actor, object, details FROM journal", nil, func(r db.Row) error {
				var kind, actor, object string
				var details []byte
				err := r.Scan(&kind, &actor, &object, &details)
				_, werr := fmt.Fprintf(&all, "%s %s %s %s\n", kind, actor, object, details)
				return errors.Join(err, werr)
			})
		})
		if err != nil {
			c.t.Fatal(err)
		}
	})
	return all.Bytes()
}

// database returns the file, or all rows of the tables that keep secrets.
func (c *course) database() []byte {
	c.t.Helper()
	if path, isFile := strings.CutPrefix(c.in.DSN, "sqlite:"); isFile {
		b, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			c.t.Fatal(err)
		}
		return b
	}
	var all bytes.Buffer
	c.in.Open(c.t, func(a *app.App) {
		err := a.DB.Read(context.Background(), func(tx *db.Tx) error {
			for _, table := range []string{"token_key", "activation_code", "staff", "staff_session", "client", "device", "registration", "authentication", "outbox", "idempotency", "contact", "customer", "password"} {
				err := tx.Each("SELECT to_jsonb(t)::text FROM "+table+" t", nil, func(r db.Row) error {
					var row string
					err := r.Scan(&row)
					all.WriteString(row + "\n")
					return err
				})
				if err != nil {
					return fmt.Errorf("%s: %w", table, err)
				}
			}
			return nil
		})
		if err != nil {
			c.t.Fatal(err)
		}
	})
	return all.Bytes()
}

// TestSecretsAreFound is the negative control of the search.
func TestSecretsAreFound(t *testing.T) {
	t.Parallel()
	s := apptest.Secrets{}
	s.Text("it", "7Q2M-9XKD-41PB")
	for _, text := range []string{
		"x7Q2M-9XKD-41PBx", "7Q2M9XKD41PB", hex.EncodeToString([]byte("7Q2M-9XKD-41PB")), strings.ToUpper(hex.EncodeToString([]byte("7Q2M-9XKD-41PB"))),
		base64.StdEncoding.EncodeToString([]byte("7Q2M-9XKD-41PB and more")), base32.StdEncoding.EncodeToString([]byte("7Q2M-9XKD-41PB and more")), fmt.Sprintf("%d", []byte("7Q2M-9XKD-41PB")),
	} {
		if len(s.Found([]byte(text))) == 0 {
			t.Errorf("it is not found in %q", text)
		}
	}
	if got := s.Found([]byte("7Q2M 9XKD, [redacted]")); len(got) > 0 {
		t.Errorf("it is found where it is not: %v", got)
	}
}
