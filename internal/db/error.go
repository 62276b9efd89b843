package db

import (
	"errors"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3"

	"github.com/countersign-auth/countersign/internal/fault"
)

// SQLSTATEs that db acts on.
const (
	stateUnique        = "23505"
	stateSerialization = "40001"
	stateDeadlock      = "40P01"
	stateLockTimeout   = "55P03"
	stateCanceled      = "57014"
	stateDiskFull      = "53100"
	stateReadOnly      = "25006"
	stateStalePlan     = "0A000"
	stateNoStatement   = "26000"
)

// IsUnique reports whether err comes from a unique or primary key that was
// taken already. It looks at codes, never at texts.
func IsUnique(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == stateUnique
	}
	if lite, ok := errors.AsType[*sqlite3.Error](err); ok {
		switch lite.ExtendedCode() {
		case sqlite3.CONSTRAINT_UNIQUE, sqlite3.CONSTRAINT_PRIMARYKEY, sqlite3.CONSTRAINT_ROWID:
			return true
		default:
			return false
		}
	}
	return false
}

// state is the SQLSTATE of an error of PostgreSQL, "" for any other error.
func state(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code
	}
	return ""
}

// retryable reports whether the same transaction may do well when it runs again.
func retryable(err error) bool {
	switch state(err) {
	case stateSerialization, stateDeadlock, stateLockTimeout, stateStalePlan, stateNoStatement:
		return true
	default:
		return false
	}
}

// stale reports whether the connection's prepared statements no longer fit the
// schema, or are gone.
func stale(err error) bool {
	s := state(err)
	return s == stateStalePlan || s == stateNoStatement
}

// classify turns what a database said into a fault where the caller can do
// something about it. Everything else stays as it is.
func classify(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if _, ok := errors.AsType[*lostError](err); ok {
		return unavailable(err)
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return classifyPostgres(pg, err)
	}
	if lite, ok := errors.AsType[*sqlite3.Error](err); ok {
		return classifySQLite(lite.Code(), err)
	}
	if code, ok := errors.AsType[sqlite3.ErrorCode](err); ok {
		return classifySQLite(code, err)
	}
	return err
}

func classifyPostgres(pg *pgconn.PgError, err error) error {
	switch {
	case pg.Code == stateDiskFull:
		return full(err)
	case pg.Code == stateReadOnly:
		return readOnly(err)
	case pg.Code == stateLockTimeout, pg.Code == stateCanceled, pg.Code == stateSerialization, pg.Code == stateDeadlock:
		return busy(err)
	case strings.HasPrefix(pg.Code, "53"), strings.HasPrefix(pg.Code, "08"),
		strings.HasPrefix(pg.Code, "57P"), pg.Code == "58030":
		return unavailable(err)
	}
	return err
}

func classifySQLite(code sqlite3.ErrorCode, err error) error {
	switch code {
	case sqlite3.FULL:
		return full(err)
	case sqlite3.BUSY, sqlite3.LOCKED, sqlite3.PROTOCOL, sqlite3.INTERRUPT:
		return busy(err)
	case sqlite3.READONLY:
		return readOnly(err)
	case sqlite3.IOERR, sqlite3.CANTOPEN, sqlite3.NOMEM:
		if unwritten(err) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			return full(err)
		}
		return unavailable(err)
	default:
		return err
	}
}

// unwritten reports whether SQLite could not write or grow a file. The driver does not
// pass on that there was no room: os.File wraps ENOSPC where it looks for the
// bare number, and the next call into the file system hides it. A disk that
// fails in another way looks the same, so the text of [full] names both.
func unwritten(err error) bool {
	code, ok := errors.AsType[sqlite3.ExtendedErrorCode](err)
	return ok && (code == sqlite3.IOERR_WRITE || code == sqlite3.IOERR_SHMSIZE)
}

func unavailable(cause error) error {
	return fault.Unavailablef(cause, "db.unavailable",
		"The database does not answer. Nothing was changed; try again in a few seconds.")
}

func unknownOutcome(cause error) error {
	return fault.Unavailablef(cause, "db.outcome_unknown",
		"The database went away while it was storing this. Repeat the request with the same idempotency key, or look whether it was done.")
}

func full(cause error) error {
	return fault.Unavailablef(cause, "db.full",
		"The database has no room left, or its disk refuses to write. Nothing was changed; the operator must free or add disk space, then try again.")
}

func readOnly(cause error) error {
	return fault.Unavailablef(cause, "db.read_only",
		"The database accepts no changes at the moment. Nothing was changed; if this lasts, the operator must look at its disk, its permissions or its role in the cluster.")
}

func busy(cause error) error {
	return fault.Unavailablef(cause, "db.busy",
		"The database is busy. Nothing was changed; try again in a moment.")
}

func closed() error {
	return fault.Unavailablef(nil, "db.closed", "This server is stopping. Try again; another one will answer.")
}
