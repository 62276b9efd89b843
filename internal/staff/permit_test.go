package staff_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
)

func (w *world) permitted(who audit.Actor, p staff.Permission) error {
	w.Helper()
	return w.DB.Read(w.Context(), func(tx *db.Tx) error { return staff.Permit(tx, who, p) })
}

// TestPermitIsAskedNow: what counts is the role and the state of this moment, not
// those of the time when an act was proposed.
func TestPermitIsAskedNow(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("sofia", staff.SecurityOfficer)
		if err := w.permitted(p.actor(), staff.Approve); err != nil {
			w.Fatal(err)
		}
		for name, who := range map[string]audit.Actor{
			"nobody": {}, "a stranger": audit.Staff(ident.Derive("stranger"), "x"), "the command line": cli,
			"an application with the id": audit.Client(p.ID, "x"), "a customer with the id": audit.Customer(p.ID),
		} {
			if err := w.permitted(who, staff.Approve); !fault.Is(err, "staff.not_permitted") {
				w.Errorf("%s: %v", name, err)
			}
		}
		if err := w.permitted(p.actor(), staff.StaffWrite); !fault.Is(err, "staff.not_permitted") {
			w.Errorf("another permission: %v", err)
		}
		other := staff.Auditor
		for name, change := range map[string]func() error{
			"another role": func() error {
				_, err := w.Update(w.Context(), cli, p.ID, staff.Change{Role: &other})
				return err
			},
			"disabled": func() error { return w.Disable(w.Context(), cli, p.ID) },
		} {
			if err := change(); err != nil {
				w.Fatal(err)
			}
			if err := w.permitted(p.actor(), staff.Approve); !fault.Is(err, "staff.not_permitted") {
				w.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestProve: outside the console a member proves as at a login, a code works once,
// failures count, and no session begins.
func TestProve(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("sofia", staff.SecurityOfficer)
		was := w.records(staff.AuditLoggedIn)
		try := func(login, pass, code string) bool {
			m, ok, err := w.Prove(w.Context(), staff.Attempt{Login: login, Password: pass, Code: code, Source: "command line"})
			if err != nil || ok != (m.ID == p.ID) {
				w.Fatalf("%v, %v, %+v", ok, err, m)
			}
			return ok
		}
		if try("sofia", password, w.wrong(p)) || try("sofia", "wrong password, wrong", w.code(p)) || try("nobody", password, w.code(p)) {
			w.Error("something wrong was right")
		}
		if n := w.failures(p); n != 2 {
			w.Errorf("%d failures", n)
		}
		if !try("Sofia", password, w.code(p)) || w.failures(p) != 0 {
			w.Error("what is right was refused, or left failures")
		}
		if try("sofia", password, w.code(p)) {
			w.Error("a code worked twice")
		}
		if w.records(staff.AuditProved) != 1 || w.records(staff.AuditLoggedIn) != was || w.records(staff.AuditLoginFailed) != 4 {
			w.Errorf("%d proofs, %d logins, %d failures recorded", w.records(staff.AuditProved), w.records(staff.AuditLoggedIn), w.records(staff.AuditLoginFailed))
		}
		open, err := w.Sessions(w.Context(), p.ID)
		if err != nil || len(open) != 1 { // that of the enrollment
			w.Errorf("%d sessions, %v", len(open), err)
		}
	})
}
