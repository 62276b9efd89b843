package self_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// prove takes step 1 for a token with a code of another one, and returns step 2.
func (b *browser) prove(serial, code string) answer {
	b.w.Helper()
	return b.post(b.w.at(serial)+"/resync", "code", code).shows(http.StatusOK, "Bring a token back into step")
}

// TestResync: two codes in a row, beside a fresh proof (F-4.5).
func TestResync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1", "T1", "T2")
	w.browser().post("/login", "customer_number", "1", "code", code(t, "T1", 0)).leads("/tokens") // proven, so its window is small
	w.browser().post("/login", "customer_number", "1", "code", code(t, "T1", 300)).shows(http.StatusUnprocessableEntity, "Your tokens")
	b := w.login("1", code(t, "T2", 0))
	at := w.at("T1") + "/resync"
	b.get(at).says("Confirm that it is you")
	b.post(at, "code", wrong(t, "T2")).wrong("code", "This code was not accepted.")
	b.post(at, "code", code(t, "T1", 301)).wrong("code", "This code was not accepted.")
	b.post(at+"/codes", "code_1", code(t, "T1", 310), "code_2", code(t, "T1", 311)).wrong("code", "That took too long.") // without a proof

	proof := b.prove("T1", code(t, "T2", 1)).hidden("proof")
	b.post(at+"/codes", "proof", proof, "code_1", code(t, "T1", 320)).wrong("code_2", "Code 2: please fill this in.")
	b.post(at+"/codes", "proof", proof, "code_1", "12345", "code_2", "123456").wrong("code_1", "A code has too few or too many digits.")
	b.post(at+"/codes", "proof", proof, "code_1", code(t, "T1", 330), "code_2", code(t, "T1", 332)).wrong("code_1", "These codes do not follow one another.")
	b.post(at+"/codes", "proof", proof, "code_1", code(t, "T1", 340), "code_2", code(t, "T1", 341)).leads(w.at("T1"))
	b.get(w.at("T1")).says("The token is back in step.")
	w.login("1", code(t, "T1", 342))
	w.browser().post("/login", "customer_number", "1", "code", code(t, "T1", 341)).shows(http.StatusUnprocessableEntity, "Your tokens") // spent

	all := w.audited(token.AuditResynced)
	if len(all) != 1 || all[0].Actor != audit.Customer(c.ID).String() {
		t.Errorf("the records are %+v", all)
	}
}

// TestResyncNeedsAFreshProof: after five minutes step 2 goes back to step 1, and the
// handle of somebody else's proof is none.
func TestResyncNeedsAFreshProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer("1", "T1", "T2")
	w.customer("2", "U1", "U2")
	b, other := w.login("1", code(t, "T2", 0)), w.login("2", code(t, "U2", 0))
	theirs := other.prove("U1", code(t, "U2", 1)).hidden("proof")
	at := w.at("T1") + "/resync/codes"
	b.post(at, "proof", theirs, "code_1", code(t, "T1", 300), "code_2", code(t, "T1", 301)).wrong("code", "That took too long.")
	proof := b.prove("T1", code(t, "T2", 1)).hidden("proof")
	for range 2 {
		w.clock.Advance(hub.FreshFor/2 - 1)
		b.get("/tokens").shows(http.StatusOK, "My tokens")
	}
	w.clock.Advance(2)
	b.post(at, "proof", proof, "code_1", code(t, "T1", 300), "code_2", code(t, "T1", 301)).wrong("code", "Please give a fresh code")
	if n := len(w.audited(token.AuditResynced)); n != 0 {
		t.Errorf("%d resynchronizations", n)
	}
}

// TestResyncByNumbers: a token that answers numbers gets one for each code; wrong
// answers get new numbers.
func TestResyncByNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer("1", "Q1", "T2")
	b := w.login("1", code(t, "T2", 0))
	at := w.at("Q1") + "/resync/codes"
	a := b.prove("Q1", code(t, "T2", 1))
	send := func(a answer, codes ...string) answer {
		t.Helper()
		pairs := []string{"proof", a.hidden("proof")}
		for i, c := range codes {
			pairs = append(pairs, fmt.Sprintf("code_%d", i+1), c, fmt.Sprintf("challenge_%d", i+1), a.hidden(fmt.Sprintf("challenge_%d", i+1)))
		}
		return b.post(at, pairs...)
	}
	q := a.questions()
	if len(q) != 2 || q[0] == q[1] {
		t.Fatalf("the numbers are %v", q)
	}
	a = send(a, respond(t, "Q1", q[0], 400), respond(t, "Q1", q[1], 402)).wrong("code_1", "These codes do not follow one another.")
	next := a.questions()
	if next[0] == q[0] || next[1] == q[1] {
		t.Errorf("the numbers are still %v", next)
	}
	send(a, respond(t, "Q1", next[0], 410), respond(t, "Q1", next[1], 411)).leads(w.at("Q1"))
}

// TestResyncAsksForThree: as many codes as the policy says.
func TestResyncAsksForThree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.activate(func(s *policy.Set) { s.Policies[0].Resync.SelfService = 3 })
	w.customer("1", "T1", "T2")
	b := w.login("1", code(t, "T2", 0))
	a := b.prove("T1", code(t, "T2", 1))
	if n := len(a.page.All(".code")); n != 3 {
		t.Errorf("there are %d fields", n)
	}
	at, proof := w.at("T1")+"/resync/codes", a.hidden("proof")
	b.post(at, "proof", proof, "code_1", code(t, "T1", 300), "code_2", code(t, "T1", 301)).wrong("code_3", "Code 3: please fill this in.")
	b.post(at, "proof", proof, "code_1", code(t, "T1", 300), "code_2", code(t, "T1", 301), "code_3", code(t, "T1", 302)).leads(w.at("T1"))
}

// TestResyncIsLimited: guesses at codes end.
func TestResyncIsLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.activate(func(s *policy.Set) { s.Policies[0].Failures.Max = 6 })
	w.customer("1", "T1", "T2")
	b := w.login("1", code(t, "T2", 0))
	proof := b.prove("T1", code(t, "T2", 1)).hidden("proof")
	at := w.at("T1") + "/resync/codes"
	for range 6 {
		b.post(at, "proof", proof, "code_1", wrong(t, "T1"), "code_2", wrong(t, "T1")).wrong("code_1", "These codes do not follow one another.")
	}
	b.post(at, "proof", proof, "code_1", code(t, "T1", 300), "code_2", code(t, "T1", 301)).wrong("code_1", "There were too many attempts with this token.")
}

// TestResyncOfSignatures: the codes for payments are out of step apart from those for
// logging in, and are brought back apart.
func TestResyncOfSignatures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1", "P1", "T2")
	w.must(w.db.Write(t.Context(), func(tx *db.Tx) error {
		p, _ := w.cfg.Policies.Active().Policy("transaction-signature")
		return authenticator.Enroll(tx, cli(), c.ID, p)
	}))
	set := w.cfg.Policies.Active()
	signs := func(n uint64) string {
		all, err := w.cfg.Tokens.OfCustomer(t.Context(), c.ID)
		w.must(err)
		for _, it := range all {
			for _, k := range it.Keys {
				if k.Usage == token.UseSign {
					return strconv.FormatBool(uint64(k.Next) >= n)
				}
			}
		}
		return "no key"
	}
	profile, known := set.ProfileOf("k300")
	if !known {
		t.Fatal("the model does not sign")
	}
	typed := func(number string) string {
		q, err := profile.Keypad.Question([]string{number}, profile.Length)
		w.must(err)
		return q
	}
	b := w.login("1", code(t, "T2", 0))
	at := w.at("P1") + "/resync"
	page := b.get(at)
	if got := page.page.One(t, ".ways").Text(); got != "Its codes for logging in Its codes for payments" {
		t.Errorf("the ways are %q", got)
	}
	if b.get(w.at("T2") + "/resync").page.Has(".ways") {
		t.Error("a token that does not sign offers a choice")
	}
	const policy = "transaction-signature"
	if got := b.get(at + "?policy=" + policy).hidden("policy"); got != policy {
		t.Errorf("the form is for %q", got)
	}
	a := b.post(at, "code", code(t, "T2", 1), "policy", policy).says("press Sign on this token")
	q := a.questions()
	if len(q) != 2 {
		t.Fatalf("the numbers are %v", q)
	}
	b.post(at+"/codes", "policy", policy, "proof", a.hidden("proof"),
		"code_1", answered(t, signSuite, "P1", typed(q[0]), 400), "challenge_1", a.hidden("challenge_1"),
		"code_2", answered(t, signSuite, "P1", typed(q[1]), 401), "challenge_2", a.hidden("challenge_2")).leads(w.at("P1"))
	if got := signs(402); got != "true" {
		t.Errorf("the signing key is in step: %s", got)
	}
	w.browser().post("/login", "customer_number", "1", "code", code(t, "P1", 0)).leads("/tokens") // its login codes are where they were
}
