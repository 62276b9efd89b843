package client

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

const (
	answerLabel  = "client.answer" // for ever: in the associated data of every answer
	answerLife   = 24 * time.Hour
	answerLease  = time.Minute // longer than any request takes
	maxAnswerKey = 200         // characters
)

// Answers remembers the answers to idempotent requests for a day. All fields are
// required.
type Answers struct {
	DB   *db.DB
	Ring *keyring.Ring
	Rand io.Reader // for leases
}

// Claim is the right to carry out one request, or its answer when it was carried
// out before.
type Claim struct {
	// ID is a function of client and key. Who creates a thing under this ID
	// creates it once, even when a node died between doing and Complete.
	ID       ident.ID
	Answered bool   // whether Status and Body hold the answer; else carry the request out
	Status   int    // as given to Complete
	Body     []byte // as given to Complete

	client ident.ID
	key    string
	lease  ident.ID
}

// Columns are the sealed columns of this package, for key rotation.
func Columns() []keyring.Column {
	return []keyring.Column{{
		Label: answerLabel, Table: "idempotency", Key: []string{"client", "idem_key"}, Column: "answer",
		ID: func(key []any) ident.ID {
			var client ident.ID
			b, _ := key[0].([]byte)
			copy(client[:], b)
			k, _ := key[1].(string)
			return answerID(client, k)
		},
	}}
}

func answerID(client ident.ID, key string) ident.ID {
	return ident.Derive("idempotency", client.String(), key)
}

// Claim asks for the right to carry out a request under an idempotency key of 1
// to 200 printable ASCII characters. The operation and the bytes of the request
// tell a repetition from another request.
//
// Faults: "client.idempotency_key" (Invalid) for a key of the wrong form,
// "client.idempotency_reused" (Conflict) when the key belongs to another request,
// "client.idempotency_busy" (Conflict, with a time to retry after) while the
// first request is still being carried out.
func (a *Answers) Claim(ctx context.Context, client ident.ID, key, operation string, request []byte) (c Claim, err error) {
	if key == "" || len(key) > maxAnswerKey || strings.ContainsFunc(key, func(r rune) bool { return r < '!' || r > '~' }) {
		return c, fault.Invalidf("client.idempotency_key", "An idempotency key has 1 to %d printable ASCII characters without spaces.", maxAnswerKey).WithField("Idempotency-Key")
	}
	id := answerID(client, key)
	mac := a.Ring.MAC("client.request", []byte(operation), request)
	err = a.DB.Settle(ctx, id, func(tx *db.Tx) error {
		c = Claim{ID: id, client: client, key: key, lease: ident.New(tx.Now, a.Rand)}
		mine, err := c.take(tx, operation, mac)
		if err != nil || mine {
			return err
		}
		return a.recall(tx, &c, mac)
	})
	return c, err
}

// take inserts the key, or takes over one whose answer has expired or whose
// lease ran out without an answer.
func (c *Claim) take(tx *db.Tx, operation string, mac []byte) (bool, error) {
	args := []any{c.client, c.key, operation, mac, c.lease, tx.Now.Add(answerLease), tx.Now, tx.Now.Add(answerLife)}
	n, err := tx.Exec(`INSERT INTO idempotency (client, idem_key, operation, request, lease, leased_until, status, answer, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, 0, NULL, $7, $8) ON CONFLICT DO NOTHING`, args...)
	if err != nil || n == 1 {
		return n == 1, err
	}
	n, err = tx.Exec(`UPDATE idempotency SET operation = $3, request = $4, lease = $5, leased_until = $6, status = 0, answer = NULL, created_at = $7, expires_at = $8
		WHERE client = $1 AND idem_key = $2 AND (expires_at <= $7 OR status = 0 AND leased_until <= $7 AND request = $4)`, args...)
	return n == 1, err
}

// recall reads the answer of an earlier request.
func (a *Answers) recall(tx *db.Tx, c *Claim, mac []byte) error {
	var request, sealed []byte
	var until time.Time
	err := tx.Row("SELECT request, status, answer, leased_until FROM idempotency WHERE client = $1 AND idem_key = $2", c.client, c.key).
		Scan(&request, &c.Status, &sealed, &until)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return busy() // released between our statements
	case err != nil:
		return err
	case string(request) != string(mac):
		return fault.Conflictf("client.idempotency_reused", "This idempotency key was used for another request: send a new key.").WithField("Idempotency-Key")
	case c.Status == 0:
		return busy()
	}
	c.Answered = true
	c.Body, err = a.Ring.Open(answerLabel, c.ID, sealed)
	return err
}

func busy() error {
	return fault.Conflictf("client.idempotency_busy", "The first request with this idempotency key is still being carried out: repeat it in a moment.").
		WithField("Idempotency-Key").WithRetry(time.Second)
}

// Complete stores the answer of a claimed request; status is 1 or more. It reports
// false when the lease had run out and somebody else took the request over.
func (a *Answers) Complete(ctx context.Context, c Claim, status int, body []byte) (stored bool, err error) {
	sealed := a.Ring.Seal(answerLabel, c.ID, body)
	err = a.DB.Settle(ctx, c.ID, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE idempotency SET status = $4, answer = $5 WHERE client = $1 AND idem_key = $2 AND lease = $3 AND status = 0",
			c.client, c.key, c.lease, status, sealed)
		stored = n == 1
		return err
	})
	return stored, err
}

// Release gives a claimed request up that changed nothing, so that it can be
// repeated at once.
func (a *Answers) Release(ctx context.Context, c Claim) error {
	return a.DB.Settle(ctx, c.ID, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM idempotency WHERE client = $1 AND idem_key = $2 AND lease = $3 AND status = 0", c.client, c.key, c.lease)
		return err
	})
}

// Sweep deletes up to limit answers that have expired, and says how many there
// were.
func (a *Answers) Sweep(ctx context.Context, limit int) (n int64, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		n, err = tx.Exec(`DELETE FROM idempotency WHERE (client, idem_key) IN
			(SELECT client, idem_key FROM idempotency WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`, tx.Now, limit)
		return err
	})
	return n, err
}
