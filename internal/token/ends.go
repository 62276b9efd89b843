package token

import (
	"context"
	"encoding/csv"
	"io"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Ending asks for tokens that end: their batteries, or what the bank planned.
type Ending struct {
	From   time.Time // the first moment that counts
	Before time.Time // the first one that does not
	Stock  bool      // those in stock, instead of those in customers' hands
}

// statuses are the states of the tokens that are asked for.
func (e Ending) statuses() []device.Status {
	if e.Stock {
		return []device.Status{device.Stock}
	}
	return []device.Status{device.Assigned, device.Active, device.Suspended}
}

func (e Ending) check() error {
	if !e.From.Before(e.Before) {
		return fault.Invalidf("token.ends", "Name a span of time: its end must come after its beginning.").WithField("ends_before")
	}
	return nil
}

// Ending returns up to limit (1 to 200) tokens that end in a span of time, soonest
// first, without their keys. After is next of the page before, "" for the first;
// next is "" on the last page.
func (c *Care) Ending(ctx context.Context, e Ending, after string, limit int) (all []Item, next string, err error) {
	if limit < 1 || limit > 200 {
		return nil, "", fault.Invalidf("token.limit", "A page has 1 to 200 tokens.").WithField("limit")
	}
	if err := e.check(); err != nil {
		return nil, "", err
	}
	from, err := e.place(after)
	if err != nil {
		return nil, "", err
	}
	all, err = c.endingPage(ctx, e, from, limit+1)
	if len(all) > limit {
		all = all[:limit]
		next = endCursor(all[limit-1].Device)
	}
	return all, next, err
}

// place reads where a page begins.
func (e Ending) place(after string) (device.End, error) {
	if after == "" {
		return device.End{At: e.From}, nil
	}
	micros, id, err := readPlace(after)
	if err != nil {
		return device.End{}, fault.Invalidf("token.cursor", "This is not a cursor of the list of tokens that end: start with the first page.").WithField("cursor")
	}
	return device.End{At: time.UnixMicro(micros).UTC(), ID: id}, nil
}

func (c *Care) endingPage(ctx context.Context, e Ending, from device.End, n int) (all []Item, err error) {
	err = c.tokens.db.Read(ctx, func(tx *db.Tx) error {
		devices, err := device.Ends(tx, device.Token, e.statuses(), e.Before, from, n)
		if err != nil {
			return err
		}
		all = make([]Item, len(devices))
		for i, d := range devices {
			all[i].Device = d
			if all[i].Owner, err = owner(tx, d.Customer); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// csvPage is how many tokens are read at a time for a file.
const csvPage = 500

// EndingCSV writes the tokens that end in a span of time to w as they are read, so
// that a million need no memory: a heading, then one line for each. Cells that a
// spreadsheet would take for a formula begin with an apostrophe.
func (c *Care) EndingCSV(ctx context.Context, e Ending, w io.Writer) error {
	if err := e.check(); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write([]string{"serial", "manufacturer", "model", "state", "customer_number", "name", "assigned_at", "ends_at"}); err != nil {
		return err
	}
	for from := (device.End{At: e.From}); ; {
		page, err := c.endingPage(ctx, e, from, csvPage)
		if err != nil {
			return err
		}
		for _, it := range page {
			d := it.Device
			from = d.End()
			if err := out.Write(plainCells(d.Serial, d.Manufacturer, d.Model, string(d.Status), it.Owner, d.Name, moment(d.Assigned), moment(d.Expires))); err != nil {
				return err
			}
		}
		if out.Flush(); out.Error() != nil || len(page) < csvPage {
			return out.Error()
		}
	}
}

// moment writes a time for a file; nothing for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// plainCells keeps names that people chose from being formulas.
func plainCells(cells ...string) []string {
	for i, s := range cells {
		if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
			cells[i] = "'" + s
		}
	}
	return cells
}

// endCursor names where the next page of tokens that end begins.
func endCursor(d device.Device) string { return cursorOf(d.Expires, d.ID) }
