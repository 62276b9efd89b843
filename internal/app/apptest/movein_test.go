package apptest_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// The password that a customer had at the server before, its hash there, and a password
// that a bank exported in clear by mistake.
const (
	oldPassword  = "correct horse"
	oldHash      = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"
	plainByError = "an export in clear"
)

// movesIn takes a customer over from another server, with rows that have secrets in
// wrong columns, and puts a journey in force that asks for the password.
func (c *course) movesIn() {
	c.t.Helper()
	c.secrets.Text("the password of the customer", oldPassword)
	c.secrets.Text("the password in clear", plainByError)
	c.secrets.Text("its hash", oldHash)
	c.secrets.Text("a part of its hash", oldHash[8:40])
	c.in.Open(c.t, func(a *app.App) {
		doc, err := policy.Version0().Format()
		if err == nil {
			text := strings.Replace(string(doc), "journeys:\n", "    - {code: password, name: Password, method: password, failures: {max: 5, cool_down: 15m}}\njourneys:\n    - {purpose: login, channel: password, ttl: 10m, steps: [[password]]}\n", 1)
			_, err = a.Policies.Store(context.Background(), audit.System("test"), []byte(strings.ReplaceAll(text, "\n    - {", "\n  - {")))
		}
		if err == nil {
			err = a.Policies.Activate(context.Background(), audit.System("test"), 0, 1)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	})
	file := filepath.Join(c.t.TempDir(), "customers.csv")
	rows := []string{
		"number,name,password,serial,pin", "800,Kari," + oldHash + ",,", "801,Ola," + plainByError + ",,", oldHash + ",,,,", "802,,," + oldHash + ",",
		"803,,,,\"" + plainByError + "\"x", "804,Per," + oldHash + "x,," + c.pin, "805,,,SECRET1," + c.pin,
	}
	if err := os.WriteFile(file, []byte(strings.Join(rows, "\n")), 0o600); err != nil {
		c.t.Fatal(err)
	}
	for _, args := range [][]string{{file, "--dry-run"}, {file, "--json"}, {file}} {
		out, errs, _ := c.in.Command(append([]string{"customer", "import"}, args...)...)
		c.errs.WriteString(out + errs)
		if !strings.Contains(out, "801") {
			c.t.Errorf("nothing was imported: %s%s", out, errs)
		}
	}
}

// knows logs in with the password that moved in, right and wrong, twice under one
// key, and gives it where it does not belong.
func (c *course) knows(bank *apptest.Bank) []byte {
	c.t.Helper()
	before := len(bank.Said())
	for i, login := range []struct{ number, channel, code string }{
		{"800", "password", oldPassword}, {"800", "password", oldPassword + "!"}, {oldPassword, "password", oldPassword}, {"800", "web", oldPassword},
	} {
		for range 2 {
			a, err := bank.Call(http.MethodPost, "/v1/authentications", fmt.Sprint("password-", i), map[string]any{
				"customer_number": login.number, "purpose": "login", "channel": login.channel, "proof": map[string]string{"code": login.code},
			})
			if err != nil || a.Status >= 500 {
				c.t.Errorf("%d %s, %v", a.Status, a.Body, err)
			}
			if granted := strings.Contains(string(a.Body), `"granted"`); granted != (login.channel == "password" && login.code == oldPassword && login.number == "800") {
				c.t.Errorf("%+v: %s", login, a.Body)
			}
		}
	}
	return bank.Said()[before:]
}
