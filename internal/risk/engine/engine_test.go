package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/engine"
	"github.com/countersign-auth/countersign/internal/risk/likelihood"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/risk/spending"
)

var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func home(at time.Time) score.Facts {
	return score.Facts{
		At: at, Kind: score.KindSession, Hour: 9, Tag: "phone", Located: true, Lat: 59.9, Lon: 10.7,
		Row: likelihood.Attempt{"home", "64500", "NO", "agent", "Firefox 121", "Linux", "desktop"},
	}
}

// taught is a customer with twenty sessions and ten payments, and the world.
func taught() (*engine.Profile, *likelihood.World, time.Time) {
	p, w, at := &engine.Profile{}, likelihood.NewWorld(), epoch
	for i := range 20 {
		at = at.Add(24 * time.Hour)
		f := home(at)
		w.Apply(p.Learn(ident.Derive("s", strconv.Itoa(i)), &f)...)
		if i%2 == 0 {
			f := pay(at, 60, "landlord")
			p.Learn(ident.Derive("p", strconv.Itoa(i)), &f)
		}
	}
	for i := range 50 {
		var other engine.Profile
		f := home(epoch)
		f.Row = likelihood.Attempt{strconv.Itoa(i), strconv.Itoa(i % 5), "SE", "x", "y", "z", "mobile"}
		w.Apply(other.Learn(ident.Derive("o", strconv.Itoa(i)), &f)...)
	}
	return p, w, at
}

func pay(at time.Time, amount float64, payees ...string) score.Facts {
	f := score.Facts{At: at, Kind: score.KindPayment, SessionMin: 1, Hour: 9}
	for _, p := range payees {
		f.Items = append(f.Items, score.Item{Payee: p, Amount: amount, Currency: "EUR"})
	}
	return f
}

func judge(p *engine.Profile, w *likelihood.World, f score.Facts) engine.Judged {
	return engine.Judge(nil, p, f, engine.World{Counts: w.Look(f.Row)})
}

func TestSessions(t *testing.T) {
	t.Parallel()
	p, w, at := taught()
	usual := judge(p, w, home(at.Add(24*time.Hour)))
	if usual.Result.Decision != score.Allow || usual.Result.Score > 50 || !usual.Facts.Known || usual.Facts.NewDevice {
		t.Errorf("the usual session: %+v", usual.Result)
	}
	strange := home(at.Add(time.Hour))
	strange.Row, strange.Tag, strange.Lat, strange.Lon = likelihood.Attempt{"3", "3", "SE", "x", "y", "z", "mobile"}, "", 35.7, 139.7
	j := judge(p, w, strange)
	if j.Result.Score < usual.Result.Score+200 || j.Result.Decision == score.Allow || !slices.Contains(j.Result.Reasons(), "statistics.network") {
		t.Errorf("another country, agent and device: %+v", j.Result)
	}
	if j.Facts.TravelSpeed < 5000 || !j.Facts.NewCountry || !j.Facts.NewAddress || !j.Facts.NewNetwork || !j.Facts.NewAgent {
		t.Errorf("facts: %+v", j.Facts)
	}
}

func TestNewCustomersAreSteppedUp(t *testing.T) {
	t.Parallel()
	_, w, at := taught()
	j := judge(&engine.Profile{}, w, home(at))
	if j.Result.Decision != score.StepUp || !slices.Contains(j.Result.Reasons(), "user.new") || j.Facts.Ratio != 0 {
		t.Errorf("%+v", j.Result)
	}
}

// TestUnseen: what nobody told anything of is stepped up, also of a known customer; a
// payment of a session that was seen is not.
func TestUnseen(t *testing.T) {
	t.Parallel()
	p, w, at := taught()
	for name, x := range map[string]struct {
		f    score.Facts
		want bool
	}{
		"a session":              {score.Facts{At: at, Kind: score.KindSession}, true},
		"a session with a tag":   {score.Facts{At: at, Kind: score.KindSession, Tag: home(at).Tag}, true},
		"an action":              {score.Facts{At: at, Kind: score.KindAction}, true},
		"a session that is seen": {home(at), false},
		"an action of a session": {score.Facts{At: at, Kind: score.KindAction, SessionMin: 1}, false},
		"a visit":                {score.Facts{At: at, Kind: score.KindVisit}, false},
	} {
		r := judge(p, w, x.f).Result
		if got := slices.Contains(r.Reasons(), "session.unseen"); got != x.want || got && r.Decision == score.Allow {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestPayments(t *testing.T) {
	t.Parallel()
	p, w, at := taught()
	usual := judge(p, w, pay(at, 65, "landlord"))
	high := judge(p, w, pay(at, 9000, "stranger"))
	if usual.Result.Score >= high.Result.Score || usual.Result.Decision != score.Allow || high.Result.Sides[score.Action] <= usual.Result.Sides[score.Action] {
		t.Errorf("usual %+v, high %+v", usual.Result, high.Result)
	}
	batch := judge(p, w, pay(at, 65, "landlord", "stranger", "landlord"))
	if batch.Facts.Payee != "stranger" || batch.Facts.Batch != 3 || len(batch.Facts.Items) != 3 || batch.Facts.Items[1].Score != batch.Result.Score || batch.Facts.Items[0].Score >= batch.Result.Score {
		t.Errorf("batch %+v", batch.Facts)
	}
	mule := engine.Judge(nil, p, pay(at, 65, "stranger"), engine.World{Payees: map[string]spending.Payee{"stranger": {Payers: 20, Fresh: 20, Frauds: 1}}})
	if mule.Result.Sum <= batch.Result.Sum {
		t.Errorf("a payee with frauds: %+v", mule.Result)
	}
}

func TestListsDecide(t *testing.T) {
	t.Parallel()
	p, w, at := taught()
	for hit, want := range map[string]score.Decision{"block.address": score.Block, "watch.device": score.StepUp, "trust.network": score.Allow, "blocked": score.Allow} {
		f := home(at)
		f.Lists = []string{hit}
		if j := judge(p, w, f); j.Result.Decision != want {
			t.Errorf("%s: %+v, want %s", hit, j.Result, want)
		}
	}
}

// TestDevicesAloneRefuseNobody: where the bank says so, what a customer's devices add leads to a step-up at most, now and when it is judged again.
func TestDevicesAloneRefuseNobody(t *testing.T) {
	t.Parallel()
	far := engine.World{Interaction: []score.Term{{Code: "absence.body", Family: score.FamilyInteraction, Side: score.Session, Weight: 9000}}}
	for _, spares := range []bool{false, true} {
		f := pay(epoch, 1234.5, "stranger")
		f.Interaction = score.Interaction{Decision: "d", Outcome: "step_up", Spares: spares}
		j := engine.Judge(nil, &engine.Profile{}, f, far)
		want := map[bool]score.Decision{false: score.Block, true: score.StepUp}[spares]
		if j.Result.Decision != want {
			t.Errorf("spares %v: %+v", spares, j.Result)
		}
		if again, _ := engine.Replay(nil, &j.Facts, j.Models); !cmp.Equal(j.Result, again) {
			t.Error(cmp.Diff(j.Result, again))
		}
		f.Lists = []string{"block.payee"}
		if j := engine.Judge(nil, &engine.Profile{}, f, far); j.Result.Decision != score.Block {
			t.Errorf("on the block list: %+v", j.Result)
		}
	}
}

func TestEveryJudgmentAddsUpAndReplays(t *testing.T) {
	t.Parallel()
	p, w, at := taught()
	for _, f := range []score.Facts{home(at), pay(at, 1, "x", "y"), {At: at, Kind: score.KindAction, Type: "phone.change"}} {
		before, _ := json.Marshal(p)
		j := judge(p, w, f)
		sum := 0
		for _, x := range j.Result.Terms {
			sum += x.Weight
		}
		if sum != j.Result.Sum || score.Scale(sum) != j.Result.Score {
			t.Errorf("%d and %d", sum, j.Result.Sum)
		}
		doc, _ := json.Marshal(j.Facts)
		var stored score.Facts
		if err := json.Unmarshal(doc, &stored); err != nil {
			t.Fatal(err)
		}
		again, _ := engine.Replay(nil, &stored, j.Models)
		if diff := cmp.Diff(j.Result, again); diff != "" {
			t.Error(diff)
		}
		if after, _ := json.Marshal(p); string(after) != string(before) {
			t.Error("judging changed the profile")
		}
	}
}

func TestFraudIsForgotten(t *testing.T) {
	t.Parallel()
	p, w, at := taught()
	plain, _, _ := taught()
	evil := home(at.Add(time.Hour))
	evil.Row[likelihood.Address], evil.Tag = "evil", "evil"
	event, payment := ident.Derive("evil"), pay(at.Add(time.Hour), 900, "mule")
	w.Apply(p.Learn(event, &evil)...)
	p.Learn(ident.Derive("evil payment"), &payment)
	if j := judge(p, w, evil); j.Facts.NewAddress || j.Facts.NewDevice {
		t.Fatal("nothing was learned")
	}
	w.Apply(p.Unlearn(event, &evil, at.Add(2*time.Hour))...)
	p.Unlearn(ident.Derive("evil payment"), &payment, at.Add(2*time.Hour))
	if j := judge(p, w, evil); !j.Facts.NewAddress || !j.Facts.NewDevice {
		t.Errorf("a fraud is remembered: %+v", j.Facts)
	}
	if !p.Pay.Since("mule").IsZero() || !cmp.Equal(p.History, plain.History) {
		t.Error("payee or history are remembered")
	}
}

func TestProfilesAreBoundedAndSurviveStorage(t *testing.T) {
	t.Parallel()
	p, w := &engine.Profile{}, likelihood.NewWorld()
	at := epoch
	for i := range 2000 {
		at = at.Add(3 * time.Hour)
		f := home(at)
		f.Tag, f.Row[0], f.Row[3] = fmt.Sprint("tag", i%40), fmt.Sprint("a", i), fmt.Sprint("u", i)
		w.Apply(p.Learn(ident.Derive(strconv.Itoa(i)), &f)...)
		q := pay(at, float64(i+1), strconv.Itoa(i))
		p.Note(&q)
		p.Learn(ident.Derive("p", strconv.Itoa(i)), &q)
	}
	doc, err := json.Marshal(p)
	if err != nil || len(doc) > 80_000 || len(p.Tags) > engine.MaxTags {
		t.Fatalf("%d bytes, %d tags, %v", len(doc), len(p.Tags), err)
	}
	var again engine.Profile
	if err := json.Unmarshal(doc, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.History, again.History); diff != "" {
		t.Error(diff)
	}
	f := home(at.Add(time.Hour))
	if diff := cmp.Diff(judge(p, w, f), judge(&again, w, f)); diff != "" {
		t.Error(diff)
	}
}

func TestADayOfPaymentsTeachesLittle(t *testing.T) {
	t.Parallel()
	p := &engine.Profile{}
	f := pay(epoch, 5, slices.Repeat([]string{"mule"}, 3*engine.PaymentsPerDay)...)
	p.Learn(ident.Derive("x"), &f)
	if n := p.Pay.All.Value; n != engine.PaymentsPerDay {
		t.Errorf("%v payments of one day were learned", n)
	}
}

func BenchmarkJudge(b *testing.B) {
	p, w, at := taught()
	f := home(at)
	c := engine.World{Counts: w.Look(f.Row)}
	for b.Loop() {
		engine.Judge(nil, p, f, c)
	}
}

// The cost of a decision does not grow: the counts are numbers, and the history is
// bounded. What it is measured in here is what is looked at, so that no load of a
// machine matters.
func TestStateDoesNotGrowWithEvents(t *testing.T) {
	t.Parallel()
	p, w, at := &engine.Profile{}, likelihood.NewWorld(), epoch
	size := map[int]int{}
	for i := range 20_000 {
		at = at.Add(3 * time.Hour)
		f := home(at)
		w.Apply(p.Learn(ident.Derive(strconv.Itoa(i)), &f)...)
		if i == 200 || i == 19_999 {
			doc, _ := json.Marshal(p)
			size[i] = len(doc)
		}
	}
	if small, large := size[200], size[19_999]; large > small+small/5 || w.Look(home(at).Row).Rows > likelihood.MaxEntries {
		t.Errorf("%d bytes after 200 events, %d after 20,000", small, large)
	}
}
