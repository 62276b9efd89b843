package apptest_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/token"
)

// identified is an identification to act on, and whether it is good for the
// customer (-1: nobody) and who acts.
func (x *anyCourse) identified(r *rapid.T, by audit.Actor, c int) (id ident.ID, good bool) {
	kind := rapid.SampledFrom([]string{"good", "good", "good", "good", "none", "another customer's", "a colleague's", "expired", "failed"}).Draw(r, "identification")
	if c < 0 {
		c, good = 0, true // a token in stock is nobody's
	}
	who, customer := by, c
	switch kind {
	case "none":
		return ident.ID{}, good
	case "another customer's":
		customer = 1 - c
	case "a colleague's":
		who = x.staff[0]
		if by == who {
			who = x.staff[1]
		}
	}
	var answers []identification.Answer
	for _, q := range []string{"birth-date", "address", "document", "transaction"} {
		answers = append(answers, identification.Answer{Question: q, Right: kind != "failed"})
	}
	got, err := x.a.Identification.Record(x.t.Context(), who, identification.Attempt{Customer: x.people[customer].id, Way: identification.Call, Answers: answers})
	if fault.Is(err, "identification.blocked") {
		x.clock.Advance(61 * time.Minute)
		return ident.ID{}, good
	}
	x.must(err)
	if got.Passed() {
		x.passed[[2]ident.ID{who.ID, x.people[customer].id}] = got.Until
	}
	if kind == "expired" {
		x.clock.Advance(16 * time.Minute)
	}
	return got.ID, good || kind == "good"
}

// unidentified are the faults of acts without a good identification.
func (x *anyCourse) unidentified(what string, err error) {
	x.refusedAs(what+" without an identification", err, "identification.required", "identification.expired")
}

// target is a token that staff take for its owner's.
func (x *anyCourse) target(i int) token.Target {
	t := token.Target{Device: x.all[i].device}
	if c := x.tokens[i].owner; c >= 0 {
		t.Customer = x.people[c].id
	}
	return t
}

// resync brings secure codes back into step, if the token is somebody's.
func (x *anyCourse) resync(r *rapid.T) {
	i, by := x.draw(r)
	p := x.all[i]
	p.Logins += uint64(rapid.SampledFrom([]int{0, 5, 50, 990, 1500}).Draw(r, "skipped"))
	p.Logins += 2
	if skip := x.resyncBy(r, i, by, p.Logins-2); skip > 0 {
		p.Logins += uint64(skip) + 2
		if again := x.resyncBy(r, i, by, p.Logins-2); again > 0 {
			r.Fatalf("too early, after %d more codes", skip)
		}
	}
}

// resyncOld shows two codes in a row that the token showed before.
func (x *anyCourse) resyncOld(r *rapid.T) {
	i, by := x.draw(r)
	if n := x.all[i].Logins; n >= 2 {
		x.resyncBy(r, i, by, n-uint64(rapid.IntRange(2, int(min(n, 60))).Draw(r, "back")))
	}
}

func (x *anyCourse) resyncBy(r *rapid.T, i int, by audit.Actor, from uint64) (skip int64) {
	h, p := x.tokens[i], x.all[i]
	if h.owner < 0 {
		return 0
	}
	k := x.keyOf(i, token.UseCode)
	id, good := x.identified(r, by, h.owner)
	got, err := x.a.Upkeep.Resync(x.t.Context(), by, token.Identified(id), token.Resync{Target: x.target(i), Policy: codes, Codes: []string{p.CodeAt(from), p.CodeAt(from + 1)}})
	switch {
	case h.status != device.Active:
		x.refusedAs("resynchronization", err, "token.state")
	case !good:
		x.unidentified("resynchronization", err)
	case fault.Is(err, "token.resync_limit"):
		x.clock.Advance(2 * time.Hour)
	case err != nil:
		r.Fatal(err)
	case got.Outcome == token.Synchronized:
		x.spend(i, from)
		x.spend(i, from+1)
		x.tokens[i].behind[token.UseCode] = false
		x.outcome(h.owner, codes, true, "")
	case int64(from) >= k.Next && int64(from)+1 < k.Next+far:
		r.Fatalf("the codes %d and %d of %s, whose counter is %d: %+v", from, from+1, p.Serial, k.Next, got)
	case got.Outcome == token.NoMatch:
		x.missed(h.owner, codes)
	}
	return got.Skip
}

// missed counts a resynchronization with wrong codes, which is a wrong proof unless
// the customer is blocked.
func (x *anyCourse) missed(c int, policy string) {
	a, _ := x.holding(c, policy)
	if a.Mistakes == x.people[c].wrong[policy]+1 {
		x.people[c].wrong[policy]++
	} else if !a.Failures.Blocked(x.clock.Now()) {
		x.r.Fatalf("wrong codes did not count: %+v", a)
	}
}

// resyncSigning is the same for signatures: by the answer to a challenge.
func (x *anyCourse) resyncSigning(r *rapid.T) {
	i, by := x.draw(r)
	h, p := x.tokens[i], x.all[i]
	if h.owner < 0 {
		return
	}
	p.Signatures += uint64(rapid.SampledFrom([]int{0, 20, 990}).Draw(r, "skipped"))
	id, good := x.identified(r, by, h.owner)
	k := x.keyOf(i, token.UseSign)
	posed, err := x.a.Upkeep.Challenges(x.t.Context(), by, token.Identified(id), token.Challenges{Target: x.target(i), Policy: signatures, Number: 1})
	switch {
	case h.status != device.Active:
		x.refusedAs("challenges", err, "token.state")
		return
	case !good:
		x.unidentified("challenges", err)
		return
	}
	x.must(err)
	in := token.Resync{Target: x.target(i), Policy: signatures}
	counter := p.Signatures
	for _, c := range posed {
		in.Codes, in.Challenges = append(in.Codes, p.Sign(c.Question)), append(in.Challenges, c.ID)
	}
	got, err := x.a.Upkeep.Resync(x.t.Context(), by, token.Identified(id), in)
	switch ahead := int64(counter) - k.Next; {
	case fault.Is(err, "token.resync_limit"):
		x.clock.Advance(2 * time.Hour)
		return
	case err != nil:
		r.Fatal(err)
	case (got.Outcome == token.Synchronized) != (ahead < far-1):
		r.Fatalf("signatures of %s, %d ahead: %+v", p.Serial, ahead, got)
	case got.Outcome == token.Synchronized:
		for n := range posed {
			x.sign(i, counter+uint64(n))
		}
		x.tokens[i].behind[token.UseSign] = false
	default:
		x.missed(h.owner, signatures)
	}
	if got, err := x.a.Upkeep.Resync(x.t.Context(), by, token.Identified(id), in); err == nil && got.Outcome == token.Synchronized {
		r.Fatal("the same answers again")
	} else if err == nil && got.Outcome == token.NoMatch {
		x.missed(h.owner, signatures)
	}
}

// unlock asks for an unlock code, and for a second one.
func (x *anyCourse) unlock(r *rapid.T) {
	i, by := x.draw(r)
	h, p := x.tokens[i], x.all[i]
	if h.owner < 0 {
		return
	}
	challenge := apptest.Challenge(rapid.IntRange(1, 9999999).Draw(r, "challenge"))
	id, good := x.identified(r, by, h.owner)
	for range 2 {
		got, err := x.a.Upkeep.Unlock(x.t.Context(), by, token.Identified(id), token.Unlock{Target: x.target(i), Challenge: challenge})
		switch {
		case h.status != device.Active:
			x.refusedAs("unlock code", err, "token.state")
		case !good:
			x.unidentified("unlock code", err)
		case fault.Is(err, "token.unlock_limit"):
			x.clock.Advance(2 * time.Hour)
			return
		case p.answers[challenge]:
			x.refusedAs("a second unlock code", err, "token.unlock_used")
		case err != nil || got.Reveal() != p.Opens(challenge):
			r.Fatalf("the unlock code for %s, %v", challenge, err)
		default:
			p.answers[challenge] = true
		}
	}
}

// reset opens a counter.
func (x *anyCourse) reset(r *rapid.T) {
	x.r = r
	c, by := rapid.IntRange(0, 1).Draw(r, "customer"), x.staff[rapid.IntRange(0, 1).Draw(r, "staff")]
	policy := rapid.SampledFrom([]string{codes, signatures}).Draw(r, "policy")
	id, good := x.identified(r, by, c)
	before, found := x.holding(c, policy)
	_, err := x.a.Authenticators.Reset(x.t.Context(), by, authenticator.Act{Customer: x.people[c].id, Policy: policy, Reason: "asked on the phone"}, id)
	after, _ := x.holding(c, policy)
	switch {
	case !found:
		x.refusedAs("reset", err, "authenticator.unknown", "identification.required", "identification.expired")
	case !good:
		x.unidentified("reset", err)
		if before.Failures != after.Failures {
			r.Fatalf("a reset that was refused: %+v, %+v", before, after)
		}
	case err != nil:
		x.refusedAs("reset", err, "authenticator.nothing_to_reset")
	case after.Failures.Count != 0 || after.Failures.Blocked(x.clock.Now()):
		r.Fatalf("after a reset: %+v", after)
	}
}

// care is an act of a token's life; what it needs and leads to is package device's
// table, which TestLifeCycleTable and TestWarrants prove.
func (x *anyCourse) care(r *rapid.T) {
	i, by := x.draw(r)
	a := rapid.SampledFrom([]device.Act{device.Suspend, device.Resume, device.Resume, device.Lose, device.Find, device.Find, device.Return, device.Return, device.Retire}).Draw(r, "act")
	if a == device.Retire && rapid.IntRange(0, 4).Draw(r, "really") > 0 {
		return
	}
	h := x.tokens[i]
	needed := slices.Contains([]device.Act{device.Resume, device.Lose, device.Find}, a) && h.owner >= 0
	id, good := x.identified(r, by, h.owner)
	o := token.Order{Device: x.all[i].device, Reason: "test", EvenLast: true}
	if needed {
		o.Why = token.Identified(id)
	}
	care := x.a.Care
	var err error
	switch a {
	case device.Suspend:
		_, err = care.Suspend(x.t.Context(), by, o)
	case device.Resume:
		_, err = care.Resume(x.t.Context(), by, o)
	case device.Lose:
		_, err = care.Lose(x.t.Context(), by, o)
	case device.Find:
		_, err = care.Found(x.t.Context(), by, o)
	case device.Return:
		_, err = care.Return(x.t.Context(), by, o)
	default:
		_, err = care.Retire(x.t.Context(), by, o)
	}
	to, allowed := a.To(h.status)
	if needed && !good {
		x.unidentified(string(a), err)
		return
	}
	if allowed = allowed && (a != device.Find || !h.replaced); !allowed {
		x.refusedAs(string(a), err, "token.state", "token.replaced")
		return
	}
	x.must(err)
	x.became(i, a, to)
}

// replace puts another token in the place of one.
func (x *anyCourse) replace(r *rapid.T) {
	i, by := x.draw(r)
	j := rapid.IntRange(0, len(x.all)-1).Draw(r, "successor")
	h, next := x.tokens[i], x.tokens[j]
	if h.owner < 0 {
		return
	}
	id, good := x.identified(r, by, h.owner)
	_, err := x.a.Care.Replace(x.t.Context(), by, token.Order{Device: x.all[i].device, Why: token.Identified(id), Reason: "broken"}, x.all[j].device)
	_, allowed := device.Replace.To(h.status)
	underway := slices.ContainsFunc(x.tokens, func(q held) bool { return q.replaces == i })
	switch {
	case !good:
		x.unidentified("replacement", err)
	case !allowed || h.replaced || underway || next.status != device.Stock || next.behind[token.UseCode]:
		x.refusedAs("replacement", err, "token.state", "token.replaced", "token.replacement_underway", "token.not_in_stock", "token.resync_first")
	default:
		x.must(err)
		x.tokens[j].status, x.tokens[j].owner, x.tokens[j].replaces = device.Assigned, h.owner, i
	}
}

// activate takes the first code of a token that was given or found.
func (x *anyCourse) activate(r *rapid.T) {
	i, by := x.draw(r)
	h, p := x.tokens[i], x.all[i]
	if h.status != device.Assigned {
		return
	}
	a, found := x.holding(h.owner, codes)
	k, counter := x.keyOf(i, token.UseCode), p.Logins
	id, good := x.identified(r, by, h.owner)
	out, err := x.a.Care.Activate(x.t.Context(), by, token.Order{Device: p.device, Why: token.Identified(id)}, token.Activation{Code: p.Press()})
	switch blocked := a.Failures.Blocked(x.clock.Now()); {
	case !good:
		x.unidentified("activation", err)
	case !found || h.behind[token.UseCode]:
		if err == nil && out.Reason == authenticator.Accepted {
			r.Fatalf("%s (%+v) was activated", p.Serial, h)
		}
		if err == nil {
			x.outcome(h.owner, codes, false, out.Reason)
		}
	case err != nil:
		r.Fatal(err)
	case (out.Reason == authenticator.Accepted) != (near(k, counter) && !blocked):
		r.Fatalf("the first code %d of %s (%+v): %+v", counter, p.Serial, h, out)
	case out.Reason == authenticator.Accepted:
		x.outcome(h.owner, codes, true, "")
		x.spend(i, counter)
		x.proven(i)
	default:
		x.outcome(h.owner, codes, false, out.Reason)
	}
}
