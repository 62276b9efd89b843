package risk

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Entry is an entry of a list.
type Entry struct {
	ID      ident.ID
	List    string // block, watch or trust
	Kind    string // address, network, device, payee or customer
	Subject string // a network in clear, the rest as keyed hashes
	Note    string // why, up to 500 characters
	By      string
	Created time.Time
	Expires time.Time // zero: never
}

// widest are the shortest prefixes that a list takes: a wider one would be most of
// the Internet.
const (
	widest4 = 8
	widest6 = 16
)

// Put adds an entry, or renews the one that the list has of the subject. subject is
// what people know: an address, a network ("192.0.2.0/24"), a device's tag, an
// account, a customer's id. A trusted entry must expire. Faults: "risk.list",
// "risk.subject", "risk.expires", "risk.note" (Invalid).
func (d *Desk) Put(ctx context.Context, by audit.Actor, list, kind, subject, note string, expires time.Time) (e Entry, err error) {
	if !slices.Contains([]string{"block", "watch", "trust"}, list) {
		return e, invalid("list", "The lists are block, watch and trust.")
	}
	key, err := d.subject(kind, subject)
	switch {
	case err != nil:
		return e, err
	case list == "trust" && expires.IsZero():
		return e, invalid("expires", "Trust ends some day: say when.")
	case !short(note, 500):
		return e, invalid("note", "A note has at most 500 printable characters.")
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if !expires.IsZero() && !expires.After(tx.Now) {
			return invalid("expires", "The entry would have expired already.")
		}
		e = Entry{ident.New(tx.Now, d.Rand), list, kind, key, note, by.String(), tx.Now, expires.UTC()}
		err := tx.Row(`INSERT INTO risk_list (id, list, kind, subject, note, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (subject, list) DO UPDATE SET note = excluded.note, created_by = excluded.created_by, created_at = excluded.created_at, expires_at = excluded.expires_at
			RETURNING id`, e.ID, list, kind, key, note, e.By, e.Created, e.Expires).Scan(&e.ID)
		if err == nil {
			audit.Record(tx, audit.Event{Kind: AuditListed, By: by, Object: "risk_list:" + e.ID.String(), Details: map[string]any{"list": list, "kind": kind, "note": note, "expires": expires}})
		}
		return err
	})
	return e, err
}

// subject is the form in which the subjects of a kind are compared.
func (d *Desk) subject(kind, subject string) (string, error) {
	bad := invalid("subject", "Write an address, a network with a prefix length, the tag of a device, the number of an account, or the id of a customer.")
	switch kind {
	case "address":
		a, err := netip.ParseAddr(strings.TrimSpace(subject))
		if err != nil || a.Zone() != "" {
			return "", bad
		}
		return "address:" + d.mac("address", a.Unmap().String()), nil
	case "network":
		p, err := netip.ParsePrefix(strings.TrimSpace(subject))
		if err != nil || p.Bits() < map[bool]int{true: widest4, false: widest6}[p.Addr().Is4()] || p.Addr().Is4In6() {
			return "", bad
		}
		return "network:" + p.Masked().String(), nil
	case "device":
		if subject != "" && short(subject, MaxText) {
			return "device:" + d.mac("tag", strings.TrimSpace(subject)), nil
		}
	case "payee":
		if a := normalAccount(subject); a != "" && short(a, MaxText) {
			return "payee:" + d.mac("payee", a), nil
		}
	case "customer":
		if id, err := ident.Parse(strings.TrimSpace(subject)); err == nil {
			return "customer:" + id.String(), nil
		}
	}
	return "", bad
}

// Remove takes an entry off its list; the fault "risk.unknown" when it is on none.
func (d *Desk) Remove(ctx context.Context, by audit.Actor, id ident.ID) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("DELETE FROM risk_list WHERE id = $1", id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFoundf("risk.unknown", "There is no such entry: it may have expired.")
		}
		audit.Record(tx, audit.Event{Kind: AuditUnlisted, By: by, Object: "risk_list:" + id.String()})
		return nil
	})
}

// Entries lists up to limit entries (1 to 200) by id above after, oldest first.
func (d *Desk) Entries(ctx context.Context, after ident.ID, limit int) (all []Entry, err error) {
	if limit < 1 || limit > 200 {
		return nil, invalid("limit", "A page has 1 to 200 entries.")
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT id, list, kind, subject, note, created_by, created_at, expires_at FROM risk_list WHERE id > $1 ORDER BY id LIMIT $2", []any{after[:], limit}, func(r db.Row) error {
			var e Entry
			err := r.Scan(&e.ID, &e.List, &e.Kind, &e.Subject, &e.Note, &e.By, &e.Created, &e.Expires)
			all = append(all, e)
			return err
		})
	})
	return all, err
}

// hits finds the entries that an event hits, as "block.address", sorted and each once.
func (d *Desk) hits(tx *db.Tx, c *Call, items []score.Item) (hits []string, err error) {
	subjects := []any{"customer:" + c.Customer.String()}
	if c.Tag != "" {
		subjects = append(subjects, "device:"+d.mac("tag", c.Tag))
	}
	for _, i := range items {
		subjects = append(subjects, "payee:"+i.Payee)
	}
	if a := c.Address.Unmap().WithZone(""); a.IsValid() {
		subjects = append(subjects, "address:"+d.mac("address", a.String()))
		for bits := map[bool]int{true: widest4, false: widest6}[a.Is4()]; bits <= a.BitLen(); bits++ {
			p, _ := a.Prefix(bits) // bits are those of the address
			subjects = append(subjects, "network:"+p.String())
		}
	}
	marks := make([]string, len(subjects))
	for i := range subjects {
		marks[i] = fmt.Sprintf("$%d", i+2)
	}
	err = tx.Each("SELECT list, kind FROM risk_list WHERE (expires_at IS NULL OR expires_at > $1) AND subject IN ("+strings.Join(marks, ", ")+")", append([]any{tx.Now}, subjects...), func(r db.Row) error {
		var list, kind string
		err := r.Scan(&list, &kind)
		hits = append(hits, list+"."+kind)
		return err
	})
	slices.Sort(hits)
	return slices.Compact(hits), err
}
