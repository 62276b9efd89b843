package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

func TestFromHidesTheCause(t *testing.T) {
	t.Parallel()
	f := fault.From(errors.New("dial tcp 10.0.0.7:5432: refused"))
	if f.Kind != fault.Internal || strings.Contains(f.Detail, "5432") {
		t.Errorf("From gave %v with detail %q", f.Kind, f.Detail)
	}
	if !strings.Contains(f.Error(), "5432") {
		t.Error("the log text lost the cause")
	}
	if fault.From(nil) != nil {
		t.Error("From(nil) is not nil")
	}
}

func TestFromKeepsAWrappedFault(t *testing.T) {
	t.Parallel()
	in := fault.Conflictf("token.assigned", "The token %s is taken.", "42").WithField("/serial")
	got := fault.From(fmt.Errorf("register: %w", in))
	if got != in || fault.KindOf(got) != fault.Conflict || !fault.Is(got, "token.assigned") {
		t.Errorf("got %#v", got)
	}
}

func TestWithDoesNotChangeTheOriginal(t *testing.T) {
	t.Parallel()
	base := fault.Invalidf("x", "y")
	_ = base.WithField("f").WithCause(errors.New("c")).WithRetry(time.Second)
	if base.Field != "" || base.Err != nil || base.RetryAfter != 0 {
		t.Errorf("With changed its receiver: %#v", base)
	}
}

func TestKindNames(t *testing.T) {
	t.Parallel()
	for k := fault.Internal; k <= fault.Unavailable; k++ {
		if k != fault.Internal && k.String() == "internal" {
			t.Errorf("kind %d has no name", k)
		}
	}
	if fault.Kind(99).String() != "internal" {
		t.Error("an unknown kind must read as internal")
	}
}
