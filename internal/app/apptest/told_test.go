package apptest_test

import (
	"context"
	"testing"

	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// A node that is told to stop before it serves ends in order, as one that served does.
func TestToldToStopBeforeItServes(t *testing.T) {
	t.Parallel()
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		a, err := in.App()
		if err != nil {
			t.Fatal(err)
		}
		over, stop := context.WithCancel(t.Context())
		stop()
		if err := a.Run(over); err != nil {
			t.Errorf("running: %v", err)
		}
		if err := a.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
}
