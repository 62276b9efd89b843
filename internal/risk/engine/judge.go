package engine

import (
	"math"
	"slices"

	"github.com/countersign-auth/countersign/internal/risk/likelihood"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/risk/spending"
)

// World is what is known beyond the customer, as far as an event needs it.
type World struct {
	Counts likelihood.Counts
	Payees map[string]spending.Payee // of the event's payments, by the hash of the account

	Interaction []score.Term // what the devices of the customer say
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
	shared = append(append(shared, listTerms(&f)...), w.Interaction...)
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
	combine := func(models []score.Term) score.Result {
		return score.Combine(s.Base, append(models[:len(models):len(models)], v.Terms...), append(demands(f), v.Demands...), s.Thresholds)
	}
	r := combine(models)
	if f.Interaction.Spares {
		rest := slices.DeleteFunc(slices.Clone(models), func(t score.Term) bool { return t.Family == score.FamilyInteraction })
		r = r.Spared(combine(rest), CodeSpared, score.FamilyInteraction)
	}
	return r, v
}

// CodeSpared is the term that keeps what the customer's devices say from blocking, where the
// bank has not said that it may.
const CodeSpared = "interaction.step_up_only"

// Defaults are the settings without any document of rules. The base rate is chosen
// so that the first threshold catches about 98 in 100 targeted attackers of the
// evaluation's tuning seed (docs/risk-evaluation.md); it is a calibration of the
// scale, and no measured share of frauds.
func Defaults() score.Settings {
	return score.Settings{Base: -1300, Thresholds: score.Thresholds{StepUp: 250, Block: 900, Channel: 985}}
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
	if unseen(f) {
		all = append(all, score.Demand{Code: "session.unseen", Decision: score.StepUp})
	}
	if x := f.Interaction.Demand; x.Code != "" {
		all = append(all, x)
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

// unseen reports whether nobody said where from and with what the customer comes, now or
// when the session began: no term speaks of it then, and the base alone would allow it.
func unseen(f *score.Facts) bool {
	return f.Kind != score.KindVisit && f.Row == (likelihood.Attempt{}) && f.SessionMin == 0
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

// Priors of addresses and device tags: attackers seldom have the customer's, and
// customers come with new ones now and then. They weigh as much as three sessions.
const (
	attackNew = 0.95
	priorNew  = 0.15
	prior     = 3.0
)

// copied is the share of attackers who have the same network, or the same agent, as
// the customer whatever others have: they take a line in the customer's town, and
// copy what an agent says. With it a factor of the statistics, which knows attackers
// like anybody only, becomes c + (1-c) * factor: what can be copied is little evidence
// for the customer. The third factor, how seldom the customer is, is no evidence:
// attackers choose their victims, and who comes seldom must not be punished for it.
func copied() [likelihood.Families]float64 { return [likelihood.Families]float64{0.2, 0.8} }

// sessionTerms are what address, agent and device say.
func sessionTerms(p *Profile, f *score.Facts) (terms []score.Term) {
	if !f.Known || f.Row == (likelihood.Attempt{}) {
		return nil
	}
	for n, t := range [likelihood.Families]score.Term{
		{Code: "statistics.network", Family: score.FamilyNetwork, Side: score.Session},
		{Code: "statistics.agent", Family: score.FamilyAgent, Side: score.Session},
	} {
		c := copied()[n]
		t.Weight = score.Weight(math.Log(c + (1-c)*f.Parts[n]))
		terms = append(terms, t)
	}
	terms = append(terms, habit("address", score.FamilyNetwork, f.NewAddress, p.NewAddresses.On(f.At, spending.Month), p.Sessions.On(f.At, spending.Month)))
	return append(terms, habit("device", score.FamilyDevice, f.NewDevice, p.NewTags.On(f.At, spending.Month), p.Sessions.On(f.At, spending.Month)))
}

// habit compares how often this customer comes with something new with how often
// attackers do. Who always comes with something new is not suspected for it.
func habit(what, family string, isNew bool, news, all float64) score.Term {
	own := min((news+prior*priorNew)/(all+prior), attackNew)
	if isNew {
		return score.Term{Code: what + ".new", Family: family, Side: score.Session, Weight: score.Weight(math.Log(attackNew / own))}
	}
	return score.Term{Code: what + ".known", Family: family, Side: score.Session, Weight: score.Weight(math.Log((1 - attackNew) / (1 - own)))}
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
		{"payment.amount", score.FamilyPayment, e.Amount},
		{"payment.hour", score.FamilyBehavior, e.Hour},
		{code, score.FamilyPayee, e.Payee},
		{"payee.reputation", score.FamilyPayee, payee.Reputation()},
		{"payee.first_payers", score.FamilyPayee, payee.Rush()},
	} {
		if n := score.Weight(t.weight); n != 0 {
			terms = append(terms, score.Term{Code: t.code, Family: t.family, Side: score.Action, Weight: n})
		}
	}
	return terms
}
