package lab_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/lab"
)

// made is a house whose word follows a rule that a test can see through: a thief is refused, a strange town limits, else it is allowed.
type made struct{ looked []lab.Scene }

func (m *made) Look(_ context.Context, s lab.Scene) (lab.Seen, error) {
	m.looked = append(m.looked, s)
	out := lab.Seen{
		Owner: "Dario Conti", Where: s.Where, Outcome: "allow", Sum: 5, Allow: 2, Limit: 0, Deny: -3,
		Things: []lab.HouseThing{{Kind: "access_point", Group: "home", Near: s.Where == lab.Home || s.Where == lab.Usual, Signs: true}, {Kind: "watch", Group: "body", Near: s.Watch}, {Kind: "vehicle", Group: "car"}},
		Terms:  []lab.HouseTerm{{Code: "presence.home", Kind: "access_point", Points: -3.8}, {Code: "place.new", Points: 1.9}, {Code: "amount.prior", Points: 0.01}},
	}
	switch {
	case s.Stolen:
		out.Where, out.Outcome, out.Sum = lab.Away, "deny", -7
	case s.Where == lab.Away:
		out.Outcome, out.Sum = "step_up", -1
		out.Over = "amount"
	case s.Where == lab.Usual:
		out.Where = lab.Home
	}
	return out, nil
}

func houseHandler(t testing.TB, h lab.House) http.Handler {
	t.Helper()
	now := at(noon)
	out, err := lab.New(lab.Config{Shelf: shelf(t, &lab.Memory{}, now), House: h, Now: now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A scene is what the query says, and as usual where it says nothing or nonsense; the word of the server is drawn.
func TestHouse(t *testing.T) {
	t.Parallel()
	m := &made{}
	h := houseHandler(t, m)
	for query, c := range map[string]struct {
		scene lab.Scene
		says  string
		terms int
	}{
		"":                                       {lab.Scene{Hour: 19, Where: lab.Usual, Watch: true, Amount: 60}, "Allowed € 60 go through, and nothing more is asked for.", 2},
		"?hour=8&where=away&watch=on&amount=500": {lab.Scene{Hour: 8, Where: lab.Away, Watch: true, Amount: 500}, "Another proof € 500 need another proof of the customer. They are above the limit.", 2},
		"?hour=14&who=thief&amount=20":           {lab.Scene{Hour: 14, Where: lab.Usual, Stolen: true, Amount: 20}, "Refused € 20 are refused.", 2},
		"?hour=24&where=moon&amount=7&who=nobody": {lab.Scene{Hour: 19, Where: lab.Usual, Amount: 60}, "Allowed € 60 go through, and nothing more is asked for.", 2},
	} {
		status, page := send(t, h, http.MethodGet, "/house"+query, nil)
		if got := m.looked[len(m.looked)-1]; status != http.StatusOK || got != c.scene {
			t.Errorf("%s: %d, %+v", query, status, got)
			continue
		}
		if got := page.One(t, ".house-outcome").Text(); got != c.says {
			t.Errorf("%s: %q", query, got)
		}
		if rows := page.One(t, ".house-terms").All("tr"); len(rows) != c.terms {
			t.Errorf("%s: %d terms", query, len(rows))
		}
		here := 0
		for _, room := range page.All(".room") {
			if strings.Contains(room.Attr["class"], "here") {
				here++
				if thief := strings.Contains(room.One(t, ".house-person").Attr["class"], "thief"); thief != c.scene.Stolen {
					t.Errorf("%s: a thief: %v", query, thief)
				}
			}
		}
		if here != 1 {
			t.Errorf("%s: the phone is in %d places", query, here)
		}
	}
	if status, _ := send(t, houseHandler(t, nil), http.MethodGet, "/house", nil); status != http.StatusNotFound {
		t.Errorf("without a house: %d", status)
	}
}
