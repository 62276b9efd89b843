package console_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/staff"
)

// underEyes puts acts under four eyes.
func (w *world) underEyes(acts ...string) {
	w.Helper()
	w.govern(w.document("acts: []", "acts: ["+strings.Join(acts, ", ")+"]"))
}

// counted is what waits, as the navigation says it.
func (p *person) counted() string {
	p.w.Helper()
	for _, a := range p.open("/account").All("a[href=/proposals]") {
		if n := a.All(".count"); len(n) > 0 {
			return n[0].Text()
		}
	}
	return ""
}

// proposePolicies proposes what differs in one place from the version in force,
// and returns the page of the proposal.
func (p *person) proposePolicies(old, changed string) (path string) {
	p.w.Helper()
	a := p.post("/policies/store", url.Values{"document": {p.w.document(old, changed)}, "reason": {"shorter activation codes"}})
	if a.code != http.StatusSeeOther || !strings.HasPrefix(a.to, "/proposals/") {
		p.w.Fatalf("propose: %d, led to %q\n%s", a.code, a.to, a.body)
	}
	return a.to
}

// decide sends the form of a proposal's page with the digest that it shows.
func (p *person) decide(path, act, note string) answer {
	p.w.Helper()
	page := p.open(path)
	digest := page.All("input[name=digest]")
	if len(digest) == 0 {
		p.w.Fatalf("%s shows %s no form to decide", path, p.id.Login)
	}
	return p.post(path+act, url.Values{"digest": {digest[0].Attr["value"]}, "note": {note}})
}

func (w *world) proposalAt(path string) foureyes.Proposal {
	w.Helper()
	id, err := ident.Parse(strings.TrimPrefix(path, "/proposals/"))
	if err != nil {
		w.Fatal(err)
	}
	p, err := w.cfg.Proposals.Get(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// TestTwoOfficersChangeThePolicies is the whole way of a change under four eyes:
// proposed, not approved by its proposer, approved by another, in force, and named
// by the next outcome.
func TestTwoOfficersChangeThePolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.underEyes("policy.activate")
	c := w.customer("10027", "Ada Palmer")
	w.tokens("AA1")
	w.register(c, "AA1")
	sofia, otto := w.join("sofia", staff.SecurityOfficer).login(), w.join("otto", staff.SecurityOfficer).login()
	help := w.join("maja", staff.HelpDesk).login()

	path := sofia.proposePolicies(longer, shorter)
	mine := sofia.open(path)
	if mine.Has("form[action="+path+"/approve]") || !mine.Has("form[action="+path+"/withdraw]") {
		t.Error("the proposer is asked to decide, or cannot take it back")
	}
	if got := sofia.counted() + otto.counted() + help.counted(); got != "1" {
		t.Errorf("the counts in the navigation are %q", got)
	}
	p := w.proposalAt(path)
	a := sofia.post(path+"/approve", url.Values{"digest": {p.Digest.String()}})
	if a.code != http.StatusForbidden || w.proposalAt(path).State != foureyes.Open || w.cfg.Policies.Active().Version != 1 {
		t.Fatalf("the proposer approves: %d, %s", a.code, w.proposalAt(path).State)
	}
	if a := help.post(path+"/approve", url.Values{"digest": {p.Digest.String()}}); a.code != http.StatusForbidden {
		t.Errorf("the help desk approves: %d", a.code)
	}

	if got := otto.open("/").One(t, ".notice").Text(); !strings.Contains(got, "1 proposal waits") {
		t.Errorf("the first page says %q", got)
	}
	page := otto.open(path)
	if got := difference(t, page); got != "registration.code_length 16 12" {
		t.Errorf("the approver is shown %q", got)
	}
	for _, want := range []string{p.Digest.String(), "Sofia", "shorter activation codes", "Version 2 of the policies takes the place of version 1"} {
		if !strings.Contains(page.One(t, "main").Text(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	var payload foureyes.PolicyChange
	if err := json.Unmarshal([]byte(otto.get(path+"/payload.json").body), &payload); err != nil || payload.To != 2 {
		t.Errorf("the payload: %+v, %v", payload, err)
	}
	if a := otto.decide(path, "/approve", "agreed"); a.to != path {
		t.Fatalf("approve: %d\n%s", a.code, a.body)
	}
	if w.cfg.Policies.Active().Version != 2 || otto.counted() != "" {
		t.Errorf("version %d is in force, and %q wait", w.cfg.Policies.Active().Version, otto.counted())
	}
	if got := otto.open(path).One(t, ".timeline").Text(); !strings.Contains(got, "Proposal carried out") || !strings.Contains(got, "agreed") {
		t.Errorf("its life is %q", got)
	}
	if o := w.attempt(c, hotp(t, "AA1", 1)); o.Version != 2 {
		t.Errorf("the outcome names version %d", o.Version)
	}
	for _, who := range []*person{sofia, otto} {
		if got := who.open("/proposals?show=past").One(t, "tbody").Text(); !strings.Contains(got, "Carried out") || !strings.Contains(got, "Change the policies") {
			t.Errorf("the history says %q", got)
		}
	}
	if got := sofia.open("/proposals").One(t, "main").Text(); !strings.Contains(got, "Nothing waits") {
		t.Errorf("the inbox says %q", got)
	}
}

// TestProposalsThatEnd ends proposals in every way that is no approval.
func TestProposalsThatEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.underEyes("policy.activate")
	sofia, otto := w.join("sofia", staff.SecurityOfficer).login(), w.join("otto", staff.SecurityOfficer).login()

	path := sofia.proposePolicies(longer, shorter)
	if a := otto.decide(path, "/reject", ""); a.code != http.StatusUnprocessableEntity || w.proposalAt(path).State != foureyes.Open {
		t.Errorf("rejected without a reason: %d", a.code)
	}
	if a := otto.decide(path, "/reject", strings.Repeat("x", 501)); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-note-error") {
		t.Errorf("rejected with too long a reason: %d", a.code)
	}
	if a := otto.post(path+"/approve", url.Values{"digest": {strings.Repeat("0", 64)}}); a.code != http.StatusUnprocessableEntity || w.proposalAt(path).State != foureyes.Open {
		t.Errorf("approved with another digest: %d", a.code)
	}
	for _, digest := range []string{"", "x", "00"} {
		if a := otto.post(path+"/approve", url.Values{"digest": {digest}}); a.code != http.StatusBadRequest {
			t.Errorf("approved with the digest %q: %d", digest, a.code)
		}
	}
	if a := otto.post(path+"/withdraw", nil); a.code != http.StatusForbidden {
		t.Errorf("somebody else takes it back: %d", a.code)
	}
	if a := otto.decide(path, "/reject", "too short"); a.to != "/proposals" || w.proposalAt(path).State != foureyes.Rejected {
		t.Fatalf("rejected: %d", a.code)
	}
	if got := sofia.open(path); !strings.Contains(got.One(t, ".timeline").Text(), "too short") || got.Has("form[action="+path+"/withdraw]") {
		t.Error("the proposer does not learn why, or can still take it back")
	}

	path = sofia.proposePolicies(longer, shorter)
	if a := sofia.post(path+"/withdraw", nil); a.to != path || w.proposalAt(path).State != foureyes.Withdrawn {
		t.Fatalf("taken back: %d", a.code)
	}
	if a := sofia.post(path+"/withdraw", nil); a.code != http.StatusUnprocessableEntity {
		t.Errorf("taken back again: %d", a.code)
	}
	if a := otto.post(path+"/approve", url.Values{"digest": {w.proposalAt(path).Digest.String()}}); a.code != http.StatusUnprocessableEntity {
		t.Errorf("approved afterwards: %d", a.code)
	}

	path = sofia.proposePolicies(longer, shorter)
	w.clock.Advance(73 * time.Hour)
	otto.login()
	if got := otto.open(path); got.Has("form[action="+path+"/approve]") || otto.counted() != "" {
		t.Error("an expired one can be decided")
	}
	if got := otto.open("/proposals?show=past").One(t, "tbody").Text(); !strings.Contains(got, "Expired") {
		t.Errorf("the history says %q", got)
	}
}

// TestApprovalOfWhatHasBecomeImpossible approves a proposal whose base is gone: it
// fails, says why and changes nothing.
func TestApprovalOfWhatHasBecomeImpossible(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.underEyes("policy.activate")
	sofia, otto := w.join("sofia", staff.SecurityOfficer).login(), w.join("otto", staff.SecurityOfficer).login()
	late := sofia.proposePolicies("max_extend: 3", "max_extend: 7")
	if a := otto.decide(sofia.proposePolicies(longer, shorter), "/approve", ""); a.code != http.StatusSeeOther {
		t.Fatalf("approve: %d", a.code)
	}
	if got := otto.open(late).One(t, "main").Text(); !strings.Contains(got, "The policies were changed meanwhile") {
		t.Error("the approver is not told")
	}
	here := w.cfg.Policies.Active().Version
	a := otto.decide(late, "/approve", "")
	if a.code != http.StatusUnprocessableEntity || w.proposalAt(late).State != foureyes.Failed || w.cfg.Policies.Active().Version != here {
		t.Fatalf("approve: %d, %s", a.code, w.proposalAt(late).State)
	}
	if got := a.page.One(t, ".timeline").Text(); !strings.Contains(got, "Proposal failed") || !strings.Contains(got, "Propose it anew") {
		t.Errorf("its life is %q", got)
	}
}

// TestRelaxingIsToldAndProposed shows that taking an act from under four eyes is
// called by its name, and is proposed whatever else is under four eyes.
func TestRelaxingIsToldAndProposed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.underEyes("bulk")
	sofia := w.join("sofia", staff.SecurityOfficer).login()
	relaxed := w.document("acts: [bulk]", "acts: []")
	if got := sofia.check(relaxed, "").page; !got.Has("#f-reason") || !strings.Contains(got.One(t, "main").Text(), "This relaxes four eyes") {
		t.Error("the editor does not tell")
	}
	if a := sofia.post("/policies/store", url.Values{"document": {relaxed}}); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-reason-error") {
		t.Errorf("without a reason: %d", a.code)
	}
	a := sofia.post("/policies/store", url.Values{"document": {relaxed}, "reason": {"one desk is left"}})
	if !strings.HasPrefix(a.to, "/proposals/") || !w.cfg.Policies.Active().FourEyes.Needs(policy.ActBulk) {
		t.Fatalf("relaxed alone: %d, led to %q", a.code, a.to)
	}
	if got := sofia.open(a.to).One(t, "main").Text(); !strings.Contains(got, "This relaxes four eyes") {
		t.Error("the proposal does not tell")
	}
	// A version that is stored already is proposed by its own page.
	other, err := w.cfg.Policies.Store(t.Context(), cli, []byte(relaxed))
	if err != nil {
		t.Fatal(err)
	}
	page := "/policies/versions/" + strconv.FormatInt(other, 10) + "/activate"
	if a := sofia.post(page, url.Values{"from": {"1"}, "reason": {"again"}}); !strings.HasPrefix(a.to, "/proposals/") {
		t.Errorf("a stored version: %d, led to %q", a.code, a.to)
	}
}
