package lab

import (
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Catalog is the texts of the lab, for tests.
func Catalog(t testing.TB, f ui.Face) *ui.Catalog {
	t.Helper()
	k, err := ui.New(kitConfig(f, false, time.Now, rand.Reader, slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	return k.Catalog()
}
