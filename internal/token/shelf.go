package token

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Shelf is the stock of tokens in figures.
type Shelf struct {
	At     time.Time // when it was counted
	Counts []device.Count
}

// Total is the sum over all models of the given states; of all states when none
// is given.
func (s Shelf) Total(states ...device.Status) (n int64) {
	for _, c := range s.Counts {
		if len(states) == 0 || slices.Contains(states, c.Status) {
			n += c.N
		}
	}
	return n
}

// Shelf counts all tokens by model and state; see device.Counts for its cost.
func (t *Tokens) Shelf(ctx context.Context) (s Shelf, err error) {
	err = t.db.Read(ctx, func(tx *db.Tx) error {
		s.At = tx.Now
		s.Counts, err = device.Counts(tx, device.Token)
		return err
	})
	return s, err
}

// Filter narrows a list of tokens; an empty field stands for all.
type Filter struct {
	Models []string // needed when Status is set: all models that there are, or some
	Status device.Status
}

// List returns up to limit (1 to 200) tokens in the order of their serial
// numbers, without their keys. After is next of the page before, "" for the first;
// next is "" on the last page.
func (t *Tokens) List(ctx context.Context, f Filter, after string, limit int) (all []Item, next string, err error) {
	if limit < 1 || limit > 200 {
		return nil, "", fault.Invalidf("token.limit", "A page has 1 to 200 tokens.").WithField("limit")
	}
	from, err := readSerial(after)
	if err != nil {
		return nil, "", err
	}
	all, err = t.page(ctx, f.device(), from, limit+1)
	if len(all) > limit {
		all = all[:limit]
		last := all[limit-1].Device
		next = base64.RawURLEncoding.EncodeToString([]byte(last.Serial + "\x00" + last.Manufacturer))
	}
	return all, next, err
}

func (f Filter) device() device.Filter {
	out := device.Filter{Kind: device.Token, Models: f.Models}
	if f.Status != "" {
		out.Statuses = []device.Status{f.Status}
	}
	return out
}

func (t *Tokens) page(ctx context.Context, f device.Filter, from device.Place, n int) (all []Item, err error) {
	err = t.db.Read(ctx, func(tx *db.Tx) error {
		devices, err := device.List(tx, f, from, n)
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

// readSerial reads where a page of the list begins; the zero place for the first.
func readSerial(after string) (device.Place, error) {
	b, err := base64.RawURLEncoding.DecodeString(after)
	serial, manufacturer, ok := strings.Cut(string(b), "\x00")
	if after != "" && (err != nil || !ok) {
		return device.Place{}, fault.Invalidf("token.cursor", "This is not a cursor of the list of tokens: start with the first page.").WithField("cursor")
	}
	return device.Place{Serial: serial, Manufacturer: manufacturer}, nil
}

// Get returns a token; the fault "token.unknown" when there is none.
func (t *Tokens) Get(ctx context.Context, id ident.ID) (Item, error) {
	all, err := t.items(ctx, func(tx *db.Tx) ([]device.Device, error) {
		d, ok, err := device.Get(tx, id)
		if err != nil || !ok {
			return nil, err
		}
		return []device.Device{d}, nil
	})
	if err == nil && len(all) == 0 {
		err = fault.NotFoundf("token.unknown", "There is no such token.")
	}
	if err != nil {
		return Item{}, err
	}
	return all[0], nil
}

// Import returns an import of the past; the fault "token.import_unknown" when
// there is none.
func (t *Tokens) Import(ctx context.Context, id ident.ID) (p Past, err error) {
	found := false
	err = t.db.Read(ctx, func(tx *db.Tx) error {
		found = false
		return tx.Each("SELECT "+pastColumns+" FROM token_import WHERE id = $1", []any{id}, func(r db.Row) error {
			found = true
			return p.scan(r)
		})
	})
	if err == nil && !found {
		err = fault.NotFoundf("token.import_unknown", "There is no such import.")
	}
	return p, err
}
