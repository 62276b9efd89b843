package mobileid

import (
	"cmp"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Cause says who or what suspended a mobile ID.
type Cause string

// Causes of a suspension, the strongest first. A mobile ID can have several at a time, each once, and is
// suspended until the last one has ended.
const (
	ByCard    Cause = "card"     // another card took the number: only a registration anew ends it
	ByRestore Cause = "restored" // the database was restored: it may have been revoked since. Staff end it
	ByStaff   Cause = "staff"    // staff end it
	ByOwner   Cause = "owner"

	// What is not kept here, but looked up: as long as it lasts the certificates are on hold, too.
	ByCustomer Cause = "customer" // its owner is suspended as a customer
	BySIM      Cause = "sim"      // its card is out of service
)

// Hold is one reason why a mobile ID cannot be used.
type Hold struct {
	Cause  Cause
	Reason string    // for people; "" where the cause says it all
	Since  time.Time // zero of what is looked up
}

// strength is the order of causes, the strongest first.
func strength() []Cause { return []Cause{ByCard, ByRestore, ByStaff, ByOwner} }

// holdsOf reads why a mobile ID is suspended, the strongest cause first.
func holdsOf(tx *db.Tx, m MobileID) (all []Hold, err error) {
	err = tx.Each("SELECT cause, reason, created_at FROM mobile_id_hold WHERE customer = $1 AND mobile = $2", []any{m.Customer, m.ID}, func(r db.Row) error {
		var h Hold
		err := r.Scan(&h.Cause, &h.Reason, &h.Since)
		all = append(all, h)
		return err
	})
	order := strength()
	slices.SortFunc(all, func(a, b Hold) int { return cmp.Compare(slices.Index(order, a.Cause), slices.Index(order, b.Cause)) })
	return all, err
}

// withLooked adds what is not kept: that the owner is suspended, and that the card is out of service.
func (d *Desk) withLooked(tx *db.Tx, m MobileID, all []Hold) ([]Hold, error) {
	active, err := signs(tx, m.Customer)
	if err != nil {
		return all, err
	}
	card, there, err := d.Cards.Card(tx, m.Card)
	if err != nil {
		return all, err
	}
	if !active {
		all = append(all, Hold{Cause: ByCustomer})
	}
	if !there || !card.Usable {
		all = append(all, Hold{Cause: BySIM})
	}
	return all, nil
}

// holds are all reasons why a mobile ID that is in use cannot be used now.
func (d *Desk) holds(tx *db.Tx, m MobileID) ([]Hold, error) {
	all, err := holdsOf(tx, m)
	if err != nil || m.State != StateActive && m.State != StateSuspended {
		return all, err
	}
	return d.withLooked(tx, m, all)
}

// hold suspends a mobile ID for one more cause: false when it is held for that already.
func (u *unit) hold(c Cause, reason string) (bool, error) {
	n, err := u.tx.Exec("INSERT INTO mobile_id_hold (customer, mobile, cause, reason, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", u.m.Customer, u.m.ID, string(c), reason, u.tx.Now)
	if err != nil || n == 0 {
		return false, err
	}
	if u.m.State == StateSuspended {
		if err := u.weigh(); err != nil {
			return false, err
		}
		return true, u.record(AuditHeld, map[string]any{"by": c, "because": reason})
	}
	return true, u.suspended()
}

// suspended takes an active mobile ID that is held out of use; one that is not held stays as it is.
func (u *unit) suspended() error {
	all, err := holdsOf(u.tx, u.m)
	if err != nil || len(all) == 0 {
		return err
	}
	first := all[0]
	if err := u.move(Suspend, change{reason: first.Reason, by: first.Cause}); err != nil {
		return err
	}
	if err := u.withdraw(); err != nil {
		return err
	}
	if err := u.align(); err != nil {
		return err
	}
	if err := u.turn(device.Suspend, string(first.Cause)); err != nil {
		return err
	}
	return u.record(AuditSuspended, map[string]any{"by": first.Cause})
}

// release ends one cause, and with the last one the suspension.
func (u *unit) release(c Cause, reason string) error {
	if err := u.unhold(c); err != nil {
		return err
	}
	left, err := holdsOf(u.tx, u.m)
	if err != nil {
		return err
	}
	if len(left) > 0 || u.m.State != StateSuspended { // one whose certificates are not there yet becomes active later
		if u.m.State == StateSuspended {
			if err := u.weigh(); err != nil {
				return err
			}
		}
		return u.record(AuditReleased, map[string]any{"by": c, "because": reason, "left": len(left)})
	}
	if err := u.move(Resume, change{reason: reason}); err != nil {
		return err
	}
	if err := u.align(); err != nil {
		return err
	}
	if err := u.turn(device.Resume, ""); err != nil {
		return err
	}
	return u.record(AuditResumed, map[string]any{"by": c})
}

// unhold forgets causes, all of them when none are named.
func (u *unit) unhold(causes ...Cause) error {
	if len(causes) == 0 {
		causes = strength()
	}
	for _, c := range causes {
		if _, err := u.tx.Exec("DELETE FROM mobile_id_hold WHERE customer = $1 AND mobile = $2 AND cause = $3", u.m.Customer, u.m.ID, string(c)); err != nil {
			return err
		}
	}
	return nil
}

// weigh makes the strongest cause the one that the row tells of, by a compare-and-swap: whoever holds or
// releases it at the same time has to look again.
func (u *unit) weigh() error {
	all, err := holdsOf(u.tx, u.m)
	if err != nil || len(all) == 0 {
		return err
	}
	m := u.m
	m.By, m.Reason = all[0].Cause, all[0].Reason
	n, err := u.tx.Exec("UPDATE mobile_id SET suspended_by = $4, reason = $5, version = version + 1 WHERE customer = $1 AND id = $2 AND version = $3", m.Customer, m.ID, m.version, string(m.By), m.Reason)
	if err == nil && n == 0 {
		err = changed()
	}
	m.version++
	u.m = m
	return err
}

// releasable chooses which cause an order to resume ends. Customers take back what they have done
// themselves; staff end what they or the restore did, one by one.
func (u *unit) releasable(by audit.Actor, o Order) (Cause, error) {
	all, err := holdsOf(u.tx, u.m)
	if err != nil {
		return "", err
	}
	allowed := []Cause{ByOwner, ByStaff, ByRestore}
	if by.Kind == audit.CustomerKind || o.Proof != nil {
		allowed = allowed[:1]
	}
	var may []Cause
	for _, h := range all {
		if (o.Hold == "" || o.Hold == h.Cause) && slices.Contains(allowed, h.Cause) {
			may = append(may, h.Cause)
		}
	}
	has := func(c Cause) bool { return slices.ContainsFunc(all, func(h Hold) bool { return h.Cause == c }) }
	switch {
	case len(may) == 1:
		return may[0], nil
	case len(may) > 1:
		return "", fault.Conflictf("mobileid.holds", "The mobile ID is suspended for %d reasons. Say which one of them ends.", len(may)).WithField("/hold")
	case u.m.State != StateSuspended || o.Hold != "" && !has(o.Hold):
		return "", u.impossible(Resume)
	case has(ByCard) && (o.Hold == "" || o.Hold == ByCard):
		return "", fault.Conflictf("mobileid.other_card", "Another SIM has this number: register the mobile ID anew.")
	}
	return "", fault.Deniedf("mobileid.help_desk", "Please call the help desk: only they can do this.")
}

func changed() error {
	return fault.Conflictf("mobileid.changed", "Somebody else changed this mobile ID at the same moment. Please look at it again.")
}
