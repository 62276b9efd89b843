package issuing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// message is a row of issuing_message.
type message struct {
	digest   []byte
	content  []byte   // digest of it
	fresh    bool     // it has no row
	over     bool     // it has an answer
	answer   Decision // that one
	reversed bool     // its reversal came before it
	paid     int64    // what stays paid by that
}

// messageDigest is what a message is found by.
func (d *Desk) messageDigest(key string) []byte {
	return d.Ring.MAC(keyLabel, []byte("message"), []byte(key))
}

// begin finds a message that came before, or makes its row. The row is written when it is read, so of two that are the same one waits for
// the other and then has its answer.
func (d *Desk) begin(tx *db.Tx, key string, content []byte) (m message, err error) {
	m.digest, m.content = d.messageDigest(key), content
	var before []byte
	var answer string
	err = tx.Row(`INSERT INTO issuing_message (digest, content, decision, answer, reversed, created_at) VALUES ($1, $2, NULL, '', 0, $3)
		ON CONFLICT (digest) DO UPDATE SET content = COALESCE(issuing_message.content, excluded.content) RETURNING content, answer, reversed, paid`, m.digest, content, tx.Now).
		Scan(&before, &answer, &m.reversed, &m.paid)
	if err == nil {
		err = m.compare(tx, content, before, answer)
	}
	return m, err
}

// before finds a message that came before, and leaves nothing of one that did not: its row comes with its answer, and whoever stores the second of two
// finds by the key of the table that it was there. A row without an answer is there where a reversal came first.
func (d *Desk) before(tx *db.Tx, key string, content []byte) (m message, err error) {
	m.digest, m.content = d.messageDigest(key), content
	var before []byte
	var answer string
	err = tx.Row("SELECT content, answer, reversed FROM issuing_message WHERE digest = $1", m.digest).Scan(&before, &answer, &m.reversed)
	if errors.Is(err, db.ErrNoRow) {
		m.fresh = true
		return m, nil
	}
	if err == nil && before != nil {
		err = m.compare(tx, content, before, answer)
	}
	return m, err
}

// compare gives a message the answer that it had before, or that of another one's key.
func (m *message) compare(tx *db.Tx, content, before []byte, answer string) error {
	switch {
	case !bytes.Equal(before, content):
		m.over, m.answer = true, Decision{Outcome: Decline, Reason: Duplicate, Created: tx.Now}
	case answer != "":
		m.over = true
		if err := json.Unmarshal([]byte(answer), &m.answer); err != nil {
			return fmt.Errorf("issuing: a stored answer: %w", err)
		}
		m.answer.Repeated = true
	}
	return nil
}

// store keeps a decision, its record, and the answer to its message.
func (x *attempt) store(m *message, out *Decision) error {
	merchant, err := json.Marshal(x.r.Merchant)
	if err != nil {
		return err
	}
	_, err = x.tx.Exec(`INSERT INTO issuing_authorization (id, customer, token, kind, outcome, reason, detail, amount, approved, returned, currency, code, path, merchant, number, counter, judged, created_at, risk)
		VALUES ($1, $2, $3, $17, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12, $13, $14, $15, $16, $18)`,
		out.ID, out.Customer, out.Token, string(out.Outcome), string(out.Reason), out.Detail, x.r.Amount, out.Approved, out.Currency, out.Code, string(x.r.Path), string(merchant),
		int64(x.r.index()), x.r.counter(), out.Judged, out.Created, x.kind, out.Risk)
	if err != nil {
		return err
	}
	return x.confirm(m, out)
}

// confirm keeps the answer to a message, and its record. The decision is there.
func (x *attempt) confirm(m *message, out *Decision) error {
	answer, err := json.Marshal(out)
	if err != nil {
		return err
	}
	if m.fresh {
		_, err = x.tx.Exec("INSERT INTO issuing_message (digest, content, decision, answer, reversed, created_at) VALUES ($1, $2, $3, $4, 0, $5)", m.digest, m.content, out.ID, string(answer), x.tx.Now)
	} else {
		_, err = x.tx.Exec("UPDATE issuing_message SET answer = $2, decision = $3, content = $4 WHERE digest = $1", m.digest, string(answer), out.ID, m.content)
	}
	if err != nil {
		return err
	}
	audit.Record(x.tx, audit.Event{Kind: map[string]string{kindRequest: AuditAuthorized, kindAdvice: AuditAdvised}[x.kind], By: x.by, Customer: out.Customer, Object: out.ID.String(), Details: map[string]any{
		"outcome": out.Outcome, "reason": out.Reason, "detail": out.Detail, "token": out.Token, "amount": x.r.Amount, "approved": out.Approved, "currency": out.Currency, "path": x.r.Path,
	}})
	return nil
}

// original is the stored authorization of a message.
type original struct {
	id, token, customer ident.ID
	approved, returned  int64
	currency            string
	number              int64 // index of the key
	counter             int
	kind, reason        string
	told                bool // an advice told of it, too
}

func loadOriginal(tx *db.Tx, digest []byte) (o original, found bool, err error) {
	err = tx.Row(`SELECT a.id, a.token, a.customer, a.approved, a.returned, a.currency, a.number, a.counter, a.kind, a.reason, a.told FROM issuing_message m JOIN issuing_authorization a ON a.id = m.decision WHERE m.digest = $1`, digest).
		Scan(&o.id, &o.token, &o.customer, &o.approved, &o.returned, &o.currency, &o.number, &o.counter, &o.kind, &o.reason, &o.told)
	if errors.Is(err, db.ErrNoRow) {
		return o, false, nil
	}
	return o, err == nil, err
}
