package interaction

import (
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// sight is what is known when a request is judged.
type sight struct {
	primary companion.Companion
	state   *pattern.State
	recent  judge.Recent
}

// place returns where the primary was last; 0 for unknown.
func (w *sight) place() s2.CellID {
	if len(w.recent.Fixes) == 0 {
		return 0
	}
	return w.recent.Fixes[0].Cell
}

// look gathers what a request is judged by; false where no primary reports.
func (d *Desk) look(tx *db.Tx, r rules, a Ask) (w sight, found bool, err error) {
	choice, changed, err := chosenAt(tx, a.Customer)
	if err != nil {
		return w, false, err
	}
	all, err := companion.Of(tx, a.Customer)
	if err != nil {
		return w, false, err
	}
	k, recent, found, err := d.primary(tx, a, all, &w)
	switch {
	case err != nil:
		return w, false, err
	case found && choice.Learn:
	case changed.Add(d.Policies.Active().Companions.Quarantine).After(tx.Now):
		return d.blank(tx, r, a, all)
	default:
		return w, false, nil
	}
	if w.state, err = d.pattern(k, r.options); err != nil {
		return w, false, err
	}
	w.recent = judge.Recent{At: tx.Now, Request: d.request(r, a), Access: a.Access, Devices: inventory(tx.Now, all, w.primary.ID)}
	w.recent.Offset, _ = recent.Offset()
	admitAll(w.state, all, w.primary.ID, w.recent.Offset)
	recent.Recall(&r.judge, &w.recent)
	w.shown(a, all)
	if w.recent.Travel, err = d.traveling(tx, a, w.place()); err != nil {
		return w, false, err
	}
	w.recent.Request.Spent, err = spent(tx, a.Customer, d.day(tx.Now))
	return w, true, err
}

// blank is what is known right after a customer had all forgotten, or declined to be learned from: nothing; false where they have no device that
// could report.
func (d *Desk) blank(tx *db.Tx, r rules, a Ask, all []companion.Companion) (w sight, found bool, err error) {
	for _, c := range all {
		if a.may(c) {
			w.primary, found = c, true
			break
		}
	}
	w.state = pattern.New(r.options)
	w.recent = judge.Recent{At: tx.Now, Request: d.request(r, a), Access: a.Access}
	w.recent.Request.Spent, err = spent(tx, a.Customer, d.day(tx.Now))
	return w, found, err
}

// may reports whether a device may be the one that makes the request.
func (a *Ask) may(c companion.Companion) bool {
	return c.Status == device.Active && (a.Primary.IsZero() || c.ID == a.Primary) && (c.May(companion.Primary) || c.May(companion.HubRole))
}

// primary finds what is kept of the primary of a request: of several, of the one that told the newest.
func (d *Desk) primary(tx *db.Tx, a Ask, all []companion.Companion, w *sight) (k kept, recent *judge.Window, found bool, err error) {
	var newest time.Time
	for _, c := range all {
		if !a.may(c) {
			continue
		}
		one, there, err := load(tx, a.Customer, c.ID)
		if err != nil {
			return k, nil, false, err
		}
		if !there {
			continue
		}
		window, err := d.window(one)
		if err != nil {
			return k, nil, false, err
		}
		if told := window.Told(); !found || told.After(newest) {
			k, w.primary, recent, newest, found = one, c, window, told, true
		}
	}
	return k, recent, found, nil
}
