package vault

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Need is needToken.
func Need(tx *db.Tx, id ident.ID) (Token, error) { return needToken(tx, id) }
