package engine

import (
	"math"

	"github.com/countersign-auth/countersign/internal/risk/likelihood"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/risk/spending"
)

// World is what is known beyond the customer, as far as an event needs it.
type World struct {
	Counts likelihood.Counts
	Payees map[string]spending.Payee // of the event's payments, by the hash of the account
}

// Judged is an event with all that was thought of it.
type Judged struct {
	Facts  score.Facts
	Models []score.Term // what the models say: rules come on top
	Result score.Result
	Rules  score.Verdict
}

// Judge completes the facts from the profile and judges them. Of a batch the
// riskiest payment decides. Rules may be nil: then the models judge alone.
func Judge(rules score.Rules, p *Profile, f score.Facts, w World) Judged {
	f = complete(p, f, w)
	shared := sessionTerms(p, &f)
	shared = append(shared, listTerms(&f)...)
	if len(f.Items) == 0 {
		return finish(rules, f, shared)
	}
	var worst Judged
	items := make([]score.Item, len(f.Items))
	for n, i := range f.Items {
		one := withItem(p, f, i, w)
		j := finish(rules, one, append(shared[:len(shared):len(shared)], paymentTerms(p, &one, w)...))
		items[n] = i
		items[n].Score = j.Result.Score
		if n == 0 || worse(j.Result, worst.Result) {
			worst = j
		}
	}
	worst.Facts.Items = items
	return worst
}

// Replay judges stored facts anew, with what the models said then.
func Replay(rules score.Rules, f *score.Facts, models []score.Term) (score.Result, score.Verdict) {
	s, v := Defaults(), score.Verdict{}
	if rules != nil {
		s, v = rules.Settings(), rules.Evaluate(f)
	}
	terms := append(models[:len(models):len(models)], v.Terms...)
	return score.Combine(s.Base, terms, append(demands(f), v.Demands...), s.Thresholds), v
}

// Defaults are the settings without any document of rules.
func Defaults() score.Settings {
	return score.Settings{Base: -3500, Thresholds: score.Thresholds{StepUp: 250, Block: 900, Channel: 985}}
}

func finish(rules score.Rules, f score.Facts, models []score.Term) Judged {
	r, v := Replay(rules, &f, models)
	return Judged{f, models, r, v}
}

// worse compares two payments of a batch.
func worse(a, b score.Result) bool {
	if a.Decision != b.Decision {
		return score.Stricter(a.Decision, b.Decision) == a.Decision
	}
	return a.Sum > b.Sum
}

// demands are those that do not come from rules.
func demands(f *score.Facts) (all []score.Demand) {
	if !f.Known && f.Kind != score.KindVisit {
		all = append(all, score.Demand{Code: "user.new", Decision: score.StepUp})
	}
	for _, kind := range []struct {
		list string
		d    score.Decision
	}{{"block", score.Block}, {"watch", score.StepUp}} {
		if hit(f, kind.list) {
			all = append(all, score.Demand{Code: "list." + kind.list, Decision: kind.d})
		}
	}
	return all
}

// hit reports whether an entry of a list was hit: "block.address" is one of "block".
func hit(f *score.Facts, list string) bool {
	for _, l := range f.Lists {
		if len(l) > len(list) && l[:len(list)] == list && l[len(list)] == '.' {
			return true
		}
	}
	return false
}

func listTerms(f *score.Facts) (terms []score.Term) {
	for _, l := range []struct {
		name   string
		weight int
	}{{"block", 9000}, {"watch", 1000}, {"trust", -2500}} {
		if hit(f, l.name) {
			terms = append(terms, score.Term{Code: "list." + l.name, Family: score.FamilyList, Side: score.Session, Weight: l.weight})
		}
	}
	return terms
}

// Priors of device tags: attackers seldom have the customer's, and customers lose
// theirs now and then.
const (
	tagAttack = 0.95
	tagUser   = 0.15
	tagPrior  = 3.0
)

// sessionTerms are what address, agent and device say.
func sessionTerms(p *Profile, f *score.Facts) (terms []score.Term) {
	if !f.Known || f.Row == (likelihood.Attempt{}) {
		return nil
	}
	for n, t := range [3]score.Term{
		{Code: "statistics.network", Family: score.FamilyNetwork, Side: score.Session},
		{Code: "statistics.agent", Family: score.FamilyAgent, Side: score.Session},
		{Code: "statistics.user", Family: score.FamilyUser, Side: score.User},
	} {
		t.Weight = score.Weight(math.Log(f.Parts[n]))
		terms = append(terms, t)
	}
	fresh := (p.NewTags.On(f.At, spending.Month) + tagPrior*tagUser) / (p.Sessions.On(f.At, spending.Month) + tagPrior)
	fresh = min(fresh, tagAttack)
	if f.NewDevice {
		terms = append(terms, score.Term{Code: "device.new", Family: score.FamilyDevice, Side: score.Session, Weight: score.Weight(math.Log(tagAttack / fresh))})
	} else {
		terms = append(terms, score.Term{Code: "device.known", Family: score.FamilyDevice, Side: score.Session, Weight: score.Weight(math.Log((1 - tagAttack) / (1 - fresh)))})
	}
	return terms
}

// paymentTerms are what the payment and its payee say.
func paymentTerms(p *Profile, f *score.Facts, w World) []score.Term {
	e := p.Pay.Look(spending.Payment{At: f.At, Hour: f.Hour, Amount: f.Amount, Currency: f.Currency, Payee: f.Payee})
	payee, code := w.Payees[f.Payee], "payee.known"
	if e.NewPayee {
		code = "payee.new"
	}
	var terms []score.Term
	for _, t := range []struct {
		code, family string
		weight       float64
	}{
		{"payment.amount", score.FamilyPayment, e.Amount}, {"payment.hour", score.FamilyBehavior, e.Hour}, {code, score.FamilyPayee, e.Payee},
		{"payee.reputation", score.FamilyPayee, payee.Reputation()}, {"payee.first_payers", score.FamilyPayee, payee.Rush()},
	} {
		if n := score.Weight(t.weight); n != 0 {
			terms = append(terms, score.Term{Code: t.code, Family: t.family, Side: score.Action, Weight: n})
		}
	}
	return terms
}
