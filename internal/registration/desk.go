package registration

import (
	"encoding/json"
	"io"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// Desk issues activation codes and registers customers. Use New.
type Desk struct {
	db       *db.DB
	ring     *keyring.Ring
	policies *policy.Book
	tokens   *token.Tokens
	outbox   *outbox.Outbox
	random   io.Reader
	handles  *authenticator.Handles
	parts    map[policy.Method]authenticator.Part
}

// Config is what a Desk works with; all fields but Parts are needed.
type Config struct {
	DB       *db.DB
	Ring     *keyring.Ring
	Policies *policy.Book
	Tokens   *token.Tokens
	Outbox   *outbox.Outbox
	Rand     io.Reader
	Parts    map[policy.Method]authenticator.Part // methods that customers register by giving or proving one thing; those of tokens are known
}

// New returns a registration desk.
func New(c Config) *Desk {
	return &Desk{
		db: c.DB, ring: c.Ring, policies: c.Policies, tokens: c.Tokens, outbox: c.Outbox, random: c.Rand, parts: c.Parts,
		handles: authenticator.NewHandles(c.Ring, "registration"),
	}
}

// mustJSON marshals a value of our own, which cannot fail.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("registration: " + err.Error())
	}
	return b
}
