package hardtoken_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
)

// What staff ask for when a token is out of step: F-4.5.2, by hand.
func TestCountersAndClockCanBeRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		model, keys string
		pages       []string // by pressing Info again and again
	}{
		{"b100", "BBB", []string{"C       3", "E20310105", "C       3"}},
		{"b110", "B", []string{"D20260205", "T09-00-00", "E20310105", "D20260205"}},
		{"k200", "", []string{"L       0", "E20310105"}},
		{"k200", "L2580E2580EL", []string{"L       2", "E20310105"}},
		{"k310", "R1234E12345678E", []string{"R       1", "S       0", "E20310105"}},
		{"k400", "S2580E2580E1EES1EE", []string{"S       2", "D20260205", "T09-00-00", "E20310105"}},
	} {
		tok, w := take(t, c.model, key20)
		press(t, tok, c.keys)
		counters := tok.State().Counters
		for i, want := range c.pages {
			d := press(t, tok, "I")
			if d.Text != want || d.Code != "" {
				t.Errorf("%s after %q, page %d: %+v, want %q", c.model, c.keys, i, d, want)
			}
		}
		for f, n := range tok.State().Counters {
			if counters[f] != n {
				t.Errorf("%s: reading %s made it count from %d to %d", c.model, f, counters[f], n)
			}
		}
		w.advance(2 * time.Minute)
		if d := tok.Display(); d.On {
			t.Errorf("%s stays on: %+v", c.model, d)
		}
	}
}

// It is the token's clock that is shown, not the true time.
func TestTheClockOfAShiftedToken(t *testing.T) {
	t.Parallel()
	tok, w := take(t, "b110", key20)
	tok.Shift(-365*24*time.Hour - 90*time.Second)
	if d := press(t, tok, "I"); d.Text != "D20250205" || d.Say != hardtoken.SayDate {
		t.Errorf("shows %+v", d)
	}
	d := press(t, tok, "I")
	if d.Text != "T08-58-30" || !d.Clock.Equal(w.t.Add(-365*24*time.Hour-90*time.Second)) {
		t.Errorf("shows %+v", d)
	}
	w.advance(5 * time.Second)
	if d := tok.Display(); d.Text != "T08-58-35" {
		t.Errorf("5 s later it shows %+v", d)
	}
}

func TestALargeCounterShowsItsLastPlaces(t *testing.T) {
	t.Parallel()
	tok, _ := take(t, "b100", key20)
	tok.Skip("login", 1_234_567_890)
	d := press(t, tok, "I")
	if d.Text != "C34567890" || d.Counter != 1_234_567_890 || d.Function != "login" || strings.Contains(d.Text, "-") {
		t.Errorf("shows %+v", d)
	}
}
