package app

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/issuing"
)

// clearingCmd writes what the issuer's books need of a day.
type clearingCmd struct {
	Day string `required:"" placeholder:"YYYY-MM-DD" help:"Day in UTC; it must be over."`
	Out string `required:"" type:"path" placeholder:"FILE" help:"CSV file to be made, readable by its owner only. It holds account numbers: it is never printed, and never overwritten."`
}

// clearingColumns are the columns of the file.
func clearingColumns() []string {
	return []string{"authorization", "decided_at", "kind", "token", "account", "expires", "code", "amount", "currency", "merchant", "merchant_name", "category", "country", "difference"}
}

// clearingPause is how long after its end a day is cleared: payments of its last moment are stored by then, also by a node whose clock is behind.
const clearingPause = 5 * time.Minute

// Run writes the file.
func (c clearingCmd) Run(e *env, x *cli) error {
	from, err := time.Parse(time.DateOnly, c.Day)
	if err != nil {
		return hinted{fault.Invalidf("clearing.day", "%s is no day.", c.Day), "Write it as YYYY-MM-DD, such as 2026-11-22."}
	}
	to := from.AddDate(0, 0, 1)
	if e.now().Before(to.Add(clearingPause)) {
		return fault.Conflictf("clearing.day", "%s is not over yet: it can be cleared five minutes after midnight (UTC).", c.Day)
	}
	out, err := os.OpenFile(c.Out, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return hinted{err, "Name a file that is not there yet."}
	}
	w := csv.NewWriter(out)
	n := 0
	err = e.tools(x, func(a *App) error {
		if err := w.Write(clearingColumns()); err != nil {
			return err
		}
		var err error
		n, err = a.Issuing.Clearing(e.ctx, audit.System("cli"), from, to, func(x issuing.Cleared) error { return w.Write(clearingRow(&x)) })
		w.Flush()
		return errors.Join(err, w.Error(), out.Sync())
	})
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(c.Out)) // half a file would be cleared as a whole one
	}
	return e.line(fmt.Sprintf("%d payments of %s are in %s.", n, c.Day, c.Out))
}

func clearingRow(x *issuing.Cleared) []string {
	kind, difference := "authorization", ""
	if x.Advice { // decided elsewhere: what spoke against it here is for the bank to look at
		kind, difference = "advice", string(x.Reason)
	}
	due := x.Due
	if x.Return { // of a payment of an earlier day, which has been cleared
		kind, due = "return", -x.Due
	}
	return []string{
		x.ID.String(), x.Created.UTC().Format(time.RFC3339), kind, x.TokenNumber, x.Account, x.Expires, x.Code, strconv.FormatInt(due, 10), x.Currency, x.Merchant.ID, x.Merchant.Name,
		x.Merchant.Category, x.Merchant.Country, difference,
	}
}
