package sms

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// Kind is the kind of this package's messages in the outbox.
const Kind = "sms"

// Kinds of the audit records of this package.
const (
	AuditSent  = "sms.sent"  // a message was put on its way
	AuditEnded = "sms.ended" // a message came to an end
)

// Labels of sealed columns: for ever the same.
const (
	phoneLabel = "sms.phone"
	bodyLabel  = "sms.body"
)

// Desk sends text messages and knows what became of them. All fields but Gateways
// and Log are required. It is safe for concurrent use.
type Desk struct {
	DB     *db.DB
	Ring   *keyring.Ring
	Outbox *outbox.Outbox
	Now    func() time.Time
	Rand   io.Reader
	Log    *slog.Logger // where trouble with gateways is told; nowhere when nil

	// Gateways are tried in this order; the first that takes a message has it. They
	// are set before the outbox runs.
	Gateways []Gateway
}

var _ interface {
	outbox.Handler
	outbox.Recorder
	outbox.Undertaker
} = (*Desk)(nil)

// Columns lists the sealed columns of this package, for the rotation of keys.
func Columns() []keyring.Column {
	return []keyring.Column{
		{Label: phoneLabel, Table: "sms", Key: []string{"id"}, Column: "phone"},
		{Label: bodyLabel, Table: "sms", Key: []string{"id"}, Column: "body"},
	}
}

// Send puts a message on its way in the caller's transaction: it goes out after
// the commit, or not at all. It returns the message's id; when the dedupe key was
// used already, nothing is sent and the id is that of the first message. A text
// that cannot be sent is a fault "sms.number", "sms.body", "sms.class", "sms.dedupe"
// or "sms.expires".
func (d *Desk) Send(tx *db.Tx, by audit.Actor, t Text) (ident.ID, error) {
	if err := t.check(tx.Now); err != nil {
		return ident.ID{}, err
	}
	if t.ID.IsZero() {
		t.ID = ident.New(tx.Now, d.Rand)
	}
	n, err := d.insert(tx, t)
	if err != nil {
		return ident.ID{}, err
	}
	if n == 0 {
		return first(tx, t)
	}
	audit.Record(tx, audit.Event{
		Kind: AuditSent, By: by, Customer: t.Customer, Object: t.ID.String(),
		Details: map[string]any{"class": t.Class, "expires": t.Expires},
	})
	return t.ID, d.Outbox.Put(tx, outbox.Message{ID: t.ID, Kind: Kind, Customer: t.Customer, Expires: t.Expires})
}

func (d *Desk) insert(tx *db.Tx, t Text) (int64, error) {
	var dedupe any
	if t.Dedupe != "" {
		dedupe = t.Dedupe
	}
	return tx.Exec(`INSERT INTO sms (id, customer, class, phone, body, dedupe, state, gateway, parts, reason, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, 'waiting', '', 0, '', $7, $8) ON CONFLICT DO NOTHING`,
		t.ID, t.Customer, t.Class, d.Ring.Seal(phoneLabel, t.ID, []byte(t.To)), d.Ring.Seal(bodyLabel, t.ID, []byte(t.Body)), dedupe, tx.Now, t.Expires)
}

// first finds the message that a repeated one repeats.
func first(tx *db.Tx, t Text) (id ident.ID, err error) {
	err = tx.Row(`SELECT id FROM sms WHERE id = $1 OR class = $2 AND dedupe = $3`, t.ID, t.Class, t.Dedupe).Scan(&id)
	return id, err
}

// refused tells of a gateway that did not take a message.
func (d *Desk) refused(ctx context.Context, g Gateway, id ident.ID, err error) {
	if d.Log != nil {
		d.Log.LogAttrs(ctx, slog.LevelWarn, "a gateway did not take a message", slog.String("gateway", g.Name()), slog.String("message", id.String()), slog.Any("error", err))
	}
}
