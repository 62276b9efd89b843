package audit

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// ID names a record for ever: the stream it was committed in and its number
// there. Its text form is "boot-slot-seq", as people copy it from the console.
type ID struct {
	Boot ident.ID // one run of one node
	Slot int64    // one of the run's streams, from 1
	Seq  int64    // the number within the stream, from 1
}

// String returns the text form.
func (id ID) String() string { return fmt.Sprintf("%s-%d-%d", id.Boot, id.Slot, id.Seq) }

// MarshalText is String.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is ParseID.
func (id *ID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseID(string(b))
	return err
}

// ParseID reads the text form.
func ParseID(s string) (id ID, err error) {
	parts := strings.Split(s, "-")
	if len(parts) != 3 {
		return ID{}, errID(s)
	}
	if id.Boot, err = ident.Parse(parts[0]); err != nil {
		return ID{}, errID(s)
	}
	if id.Slot, err = number(parts[1]); err != nil {
		return ID{}, errID(s)
	}
	if id.Seq, err = number(parts[2]); err != nil {
		return ID{}, errID(s)
	}
	return id, nil
}

// number reads a positive decimal without sign or leading zeros: one record, one
// text.
func number(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != s {
		return 0, strconv.ErrSyntax
	}
	return n, nil
}

func errID(s string) error {
	return fault.Invalidf("audit.id", "%.80q is no record id: it has the form boot-slot-number, as in the list of records.", s)
}
