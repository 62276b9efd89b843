package pskc_test

import (
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/countersign-auth/countersign/pskc"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readFile(t testing.TB, elem ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// drain reads a source to its end.
func drain(s pskc.Source) (ok []*pskc.KeyPackage, bad []*pskc.RowError, err error) {
	for {
		p, err := s.Next()
		var row *pskc.RowError
		switch {
		case errors.Is(err, io.EOF):
			return ok, bad, nil
		case errors.As(err, &row):
			bad = append(bad, row)
		case err != nil:
			return ok, bad, err
		default:
			ok = append(ok, p)
		}
	}
}
