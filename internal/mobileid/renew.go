package mobileid

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Renew has the person sign the request of another certificate for a key that the card has: in the
// last days of the former one (mobile_id.renew). The key stays, and the former certificate is revoked
// once the new one is here. It needs nothing but the person's PIN. Faults as of Suspend, and
// "mobileid.too_early", "mobileid.no_key", "mobileid.busy" (Conflict), "mobileid.role" (Invalid).
func (d *Desk) Renew(ctx context.Context, by audit.Actor, o Order) (t Transaction, err error) {
	if !o.Role.Valid() {
		return t, fault.Invalidf("mobileid.role", "Say which certificate is to be renewed: that of authentication or of signing.").WithField("/role")
	}
	if o.Reason == "" {
		o.Reason = "the certificate ends"
	}
	_, err = d.order(ctx, by, o, needNothing, func(u *unit, _ string) error {
		if err := u.servable(); err != nil {
			return err
		}
		k, found, err := liveKey(u.tx, u.m.Customer, u.m.ID, o.Role)
		switch {
		case err != nil:
			return err
		case !found || u.m.State != StateActive:
			return fault.Conflictf("mobileid.no_key", "This mobile ID has no certificate of the kind.")
		case u.tx.Now.Before(k.Expires.Add(-u.set.MobileID.Renew)):
			return fault.Conflictf("mobileid.too_early", "The certificate can be renewed from %s on.", k.Expires.Add(-u.set.MobileID.Renew).UTC().Format("2006-01-02"))
		}
		t, err = u.renew(k)
		return err
	})
	return t, err
}

func (u *unit) renew(k key) (t Transaction, err error) {
	x := u.set.MobileID
	if err := u.d.overdue(u.tx, u.m.tag, x); err != nil {
		return t, err
	}
	person, err := u.d.person(u.tx, u.m.Customer)
	if err != nil {
		return t, err
	}
	code, nonce, err := u.d.draw()
	if err != nil {
		return t, err
	}
	subject, err := subjectOf(person)
	if err != nil {
		return t, err
	}
	if k.Head, k.Tail, err = applet.RequestParts(k.Algorithm, subject, nonce); err != nil {
		return t, err
	}
	digest, err := applet.RequestHash(k.Algorithm, k.Head, k.Tail, k.Public)
	if err != nil {
		return t, err
	}
	lang, err := u.language()
	if err != nil {
		return t, err
	}
	c := applet.Command{
		Kind: applet.Sign, Transaction: code, Role: k.Role, Service: x.Service, Text: renewText(lang), Content: applet.Content{Kind: applet.Document, Digest: digest},
		Form: applet.Plain, Nonce: nonce, Seconds: secondsOf(x.Registration), Language: lang,
	}
	data, err := c.Append(nil)
	if err != nil {
		return t, err
	}
	if _, err := u.tx.Exec("UPDATE mobile_id_key SET head = $3, tail = $4 WHERE customer = $1 AND id = $2 AND state = 'live'", k.Customer, k.ID, k.Head, k.Tail); err != nil {
		return t, err
	}
	t = u.task(c, Renewing)
	t.Expires, t.Digest, t.Document, t.key = u.tx.Now.Add(x.Registration), digest, true, k.ID
	return t, u.d.leave(u.tx, u.by, &t, u.m, data)
}

// sweepEnding tells owners, once, that a certificate has come into its last days.
func (d *Desk) sweepEnding(tx *db.Tx, n int) (int64, error) {
	set := d.Policies.Active()
	var due []key
	err := tx.Each("SELECT "+keyColumns+" FROM mobile_id_key WHERE state = 'live' AND noticed_at IS NULL AND expires_at < $1 ORDER BY expires_at LIMIT $2",
		[]any{tx.Now.Add(set.MobileID.Renew), n}, func(r db.Row) error {
			var k key
			err := r.Scan(k.dest()...)
			due = append(due, k)
			return err
		})
	if err != nil {
		return 0, err
	}
	for _, k := range due {
		marked, err := tx.Exec("UPDATE mobile_id_key SET noticed_at = $3 WHERE customer = $1 AND id = $2 AND noticed_at IS NULL", k.Customer, k.ID, tx.Now)
		if err != nil || marked == 0 {
			return 0, err
		}
		u, err := d.unit(tx, system, set, k.Customer, k.Mobile)
		if err != nil {
			return 0, err
		}
		if err := u.record(AuditEnding, map[string]any{"role": k.Role.String(), "serial": k.Serial, "expires_at": k.Expires}); err != nil {
			return 0, err
		}
	}
	return int64(len(due)), nil
}

func renewText(lang string) string {
	if lang == "de" {
		return "Ihr Zertifikat endet bald. Verlängern Sie es mit Ihrer PIN."
	}
	return "Your certificate ends soon. Renew it with your PIN."
}
