package audit_test

import (
	"encoding/binary"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/countersign-auth/countersign/internal/audit"
)

// TestTreeIsThatOfRFC6962 compares our way of computing roots with that of
// package tlog, over the first three levels of tiles.
func TestTreeIsThatOfRFC6962(t *testing.T) {
	t.Parallel()
	const n = 66_000 // more than 256*256
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return out, nil
	})
	var e audit.Edge
	for i := range int64(n) {
		if i < 600 || i%997 == 0 || i > 65_500 {
			want, err := tlog.TreeHash(i, read)
			if got := e.Root(); err != nil || got != want {
				t.Fatalf("size %d: root %v, want %v (%v)", i, got, want, err)
			}
		}
		leaf := tlog.RecordHash(binary.BigEndian.AppendUint64(nil, uint64(i)))
		more, err := tlog.StoredHashesForRecordHash(i, leaf, read)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		e.Append(leaf)
	}
}

func TestRootOfNothing(t *testing.T) {
	t.Parallel()
	want, err := tlog.TreeHash(0, nil)
	if got := new(audit.Edge).Root(); err != nil || got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
