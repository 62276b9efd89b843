package likelihood_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/likelihood"
)

// people is a history of all users by name, with the counts over it.
type people struct {
	of    map[string]*likelihood.History
	world *likelihood.World
	n     int
}

func newPeople() *people {
	return &people{of: map[string]*likelihood.History{}, world: likelihood.NewWorld()}
}

func (p *people) add(name string, rows ...likelihood.Attempt) {
	if p.of[name] == nil {
		p.of[name] = &likelihood.History{}
	}
	for _, r := range rows {
		p.n++
		e := likelihood.Entry{Event: ident.Derive(strconv.Itoa(p.n)), At: epoch.Add(time.Duration(p.n) * 3 * time.Hour), Row: r}
		deltas, _ := p.of[name].Learn(e)
		p.world.Apply(deltas...)
	}
}

func (p *people) score(name string, a likelihood.Attempt) (likelihood.Score, bool) {
	return likelihood.Of(p.of[name], a, p.world.Look(a))
}

var epoch = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// The golden vectors of the published form, to which two implementations and the
// authors' notebook agree.
func TestGoldenVectors(t *testing.T) {
	t.Parallel()
	p := newPeople()
	home := likelihood.Attempt{"192.0.2.10", "64500", "NO", "UA1", "Chrome 120", "Windows 10", "desktop"}
	other := likelihood.Attempt{"192.0.2.99", "64500", "NO", "UA1", "Chrome 120", "Windows 10", "desktop"}
	bob := likelihood.Attempt{"203.0.113.5", "64502", "DE", "UA3", "Firefox 121", "Linux", "desktop"}
	p.add("alice", home, home, home, home, likelihood.Attempt{"198.51.100.7", "64501", "NO", "UA2", "Safari 17", "iOS 17", "mobile"})
	p.add("bob", bob, bob, bob)
	p.add("carol", other, other)
	moved := home
	moved[likelihood.Address] = "192.0.2.55"
	for name, c := range map[string]struct {
		a    likelihood.Attempt
		want float64
	}{"same address and agent": {home, 0.1297807421}, "new address": {moved, 0.2680483976}} {
		s, known := p.score("alice", c.a)
		if !known || math.Abs(s.Total-c.want) > 1e-9 {
			t.Errorf("%s: score %.10f, known %t; want %.10f", name, s.Total, known, c.want)
		}
	}
	if _, known := likelihood.Of(&likelihood.History{}, home, p.world.Look(home)); known {
		t.Error("a user without history has a score")
	}
}

// rows generates attempts over few values, so that they meet.
func rows() *rapid.Generator[likelihood.Attempt] {
	return rapid.Custom(func(t *rapid.T) (a likelihood.Attempt) {
		for l := range a {
			a[l] = strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "value"))
		}
		return a
	})
}

// scene draws what two users taught, and an attempt.
func scene(t *rapid.T) (own, others []likelihood.Attempt, a likelihood.Attempt) {
	own = rapid.SliceOfN(rows(), 1, 20).Draw(t, "own")
	others = rapid.SliceOfN(rows(), 0, 40).Draw(t, "others")
	return own, others, rows().Draw(t, "attempt")
}

func TestScoreIsPositiveAndOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		own, others, a := scene(t)
		p, q := newPeople(), newPeople()
		p.add("u", own...)
		p.add("v", others...)
		shuffled := slices.Clone(own)
		rand.New(rand.NewPCG(uint64(len(own)), 1)).Shuffle(len(own), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		q.add("v", others...)
		q.add("u", shuffled...)
		x, _ := p.score("u", a)
		y, _ := q.score("u", a)
		if !(x.Total > 0) || math.IsInf(x.Total, 0) {
			t.Fatalf("score %v", x)
		}
		if math.Abs(x.Total-y.Total) > 1e-12*x.Total {
			t.Fatalf("order matters: %v and %v", x, y)
		}
	})
}

func TestFamilyWithoutAnyMatchGivesFour(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		own, others, a := scene(t)
		for l := likelihood.Address; l <= likelihood.Country; l++ {
			a[l] = "never seen by the user"
		}
		p := newPeople()
		p.add("u", own...)
		p.add("v", append(others, a)...)
		if s, _ := p.score("u", a); s.Factors[0] != 4 {
			t.Fatalf("factor %v, want 4", s.Factors[0])
		}
	})
}

// The user's side is G_F / factor; rows of others change G_F only. With all of the
// values never seen by others the user's side is what decides the ratio of two users.
func TestOthersNeverChangeTheUsersSide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		own, others, a := scene(t)
		p, q := newPeople(), newPeople()
		p.add("u", own...)
		q.add("u", own...)
		q.add("v", others...)
		c := p.world.Look(a)
		x, _ := likelihood.Of(p.of["u"], a, c)
		y, _ := likelihood.Of(q.of["u"], a, c) // the same counts: only the user's side can differ
		if x != y {
			t.Fatalf("%v became %v", x, y)
		}
	})
}

// Against a count over all rows, made anew: the incremental one agrees, whatever
// was learned, expired and unlearned.
func TestIncrementalCountsAgreeWithAFreshCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		users := []*likelihood.History{{}, {}, {}}
		w, now := likelihood.NewWorld(), epoch
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			h := users[rapid.IntRange(0, 2).Draw(t, "user")]
			now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "hours")) * time.Hour)
			switch rapid.IntRange(0, 9).Draw(t, "act") {
			case 0:
				w.Apply(h.Expire(now)...)
			case 1:
				if len(h.Entries) > 0 {
					w.Apply(h.Unlearn(h.Entries[rapid.IntRange(0, len(h.Entries)-1).Draw(t, "row")].Event)...)
				}
			case 2:
				if rapid.IntRange(0, 9).Draw(t, "rarely") == 0 {
					w.Apply(h.Forget()...)
				}
			default:
				deltas, _ := h.Learn(likelihood.Entry{Event: ident.Derive(now.String(), strconv.Itoa(rapid.IntRange(0, 5).Draw(t, "id"))), At: now, Row: rows().Draw(t, "row")})
				w.Apply(deltas...)
			}
		}
		fresh := likelihood.NewWorld()
		for _, h := range users {
			for i, e := range h.Entries {
				d := likelihood.Delta{Row: e.Row, Rows: 1}
				if i == 0 {
					d.Users = 1
				}
				fresh.Apply(d)
			}
		}
		if a := rows().Draw(t, "attempt"); w.Look(a) != fresh.Look(a) {
			t.Fatalf("incremental %+v, fresh %+v", w.Look(a), fresh.Look(a))
		}
	})
}
