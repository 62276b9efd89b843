package audit

import (
	"encoding/json"
	"fmt"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Event is one fact to be recorded.
type Event struct {
	// Kind says what happened: dotted, in the past tense, for ever the same
	// ("authentication.granted"). Each package declares its kinds as constants.
	Kind string
	// By is who did it.
	By Actor
	// Customer is whom it is about; zero for nobody.
	Customer ident.ID
	// Object is the thing it is about: the text form of an id, a policy's name. It
	// stays in the log for ever, so it is never a name, a phone number or a secret.
	Object string
	// Details is marshaled to JSON. It can be erased later, so what concerns a
	// person belongs here. Never a secret (invariant 7). Nil for none.
	Details any
}

// Record leaves the event to be written by the commit of tx: if it cannot be
// written, nothing is. Details that cannot be marshaled are a mistake in the
// program and panic, which fails the transaction.
func Record(tx *db.Tx, e Event) {
	if e.Kind == "" || e.By.IsZero() {
		panic(fmt.Sprintf("audit: the event %q needs a kind and an actor", e.Kind))
	}
	var details []byte
	if e.Details != nil {
		var err error
		if details, err = json.Marshal(e.Details); err != nil { // compact, so that it survives being copied as JSON
			panic("audit: details of " + e.Kind + ": " + err.Error())
		}
	}
	tx.Append(db.Record{Kind: e.Kind, Actor: e.By.String(), Customer: e.Customer, Object: e.Object, Details: details})
}
