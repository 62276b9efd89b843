package console

import (
	"net/http"
	"strconv"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// maxReason bounds what one says about a proposal, in characters, as package
// foureyes does.
const maxReason = 500

type proposalPage struct {
	*visit
	P       foureyes.Proposal
	Title   string
	Badge   ui.Badge
	Facts   []ui.Fact
	What    explained
	Events  []ui.Event
	Live    bool // it can still be carried out
	Moved   bool // the policies are no longer those that it was made against
	Decide  bool // the member may decide
	Own     bool // the member proposed it
	Present bool // it is approved, and its file is what is missing
	Run     bool // it is approved, and the member may carry it out here
	Command string
}

// proposal shows what was proposed, what it will do, and what became of it.
func (c *console) proposal(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	p, err := c.Proposals.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	page := proposalPage{
		visit: v, P: p, Title: v.actName(p), Badge: v.badge("console.status.proposal", string(p.State)), Own: v.mine(p),
		Decide: p.State == foureyes.Open && v.s.Can(staff.Approve) && !v.mine(p),
	}
	page.Live = p.State == foureyes.Open || p.State == foureyes.Approved
	page.Moved = page.Live && p.Base != c.Policies.Active().Version
	page = page.nextStep()
	if page.What, err = c.what(v, p); err != nil {
		return err
	}
	n := c.names(v)
	if page.Facts, err = v.proposalFacts(n, p); err != nil {
		return err
	}
	if page.Events, err = v.proposalEvents(n, p); err != nil {
		return err
	}
	return v.render("proposal", page.Title, page)
}

// Withdrawable reports whether its proposer can still take it back.
func (p proposalPage) Withdrawable() bool {
	return p.Own && p.Live
}

// Limit is the longest note.
func (proposalPage) Limit() int { return maxReason }

// nextStep says how an approved act is carried out that needs more than a click.
func (p proposalPage) nextStep() proposalPage {
	if p.P.State != foureyes.Approved {
		return p
	}
	switch p.P.Act {
	case policy.ActImport:
		p.Present = p.s.Can(staff.TokenImport)
		p.Command = "countersign token import FILE --proposal " + p.P.ID.String()
	case policy.ActRotation:
		p.Command = "countersign keys rotate --proposal " + p.P.ID.String()
	case policy.ActBulk:
		p.Run = p.mayRun(p.P.Act)
	case policy.ActPolicy, policy.ActRules, policy.ActFinding, policy.ActPortfolio:
	}
	return p
}

func (v *visit) proposalFacts(n *names, p foureyes.Proposal) ([]ui.Fact, error) {
	who, err := n.nameOf(v, p.Proposer)
	if err != nil {
		return nil, err
	}
	facts := []ui.Fact{
		{Name: v.t.T("console.proposal.by"), Value: who, Note: v.t.Time(p.Created)},
		{Name: v.t.T("console.proposal.reason"), Value: p.Reason},
		{Name: v.t.T("console.proposal.expires"), Value: v.t.Time(p.Expires)},
		{Name: v.t.T("console.proposal.base"), Value: v.t.T("console.system.version", "n", strconv.FormatInt(p.Base, 10)), Note: v.t.T("console.proposal.base_note")},
		{Name: v.t.T("console.proposal.digest"), Value: p.Digest.String(), Mono: true, Note: v.t.T("console.proposal.digest_note")},
	}
	if left := v.left(p); left != "" {
		facts[2].Note = v.t.T("console.proposal.left", "span", left)
	}
	return facts, nil
}

// proposalEvents is what the proposal itself knows of its life.
func (v *visit) proposalEvents(n *names, p foureyes.Proposal) (events []ui.Event, err error) {
	add := func(e ui.Event, key string, who string, err2 error) {
		e.Title, e.Who = v.t.T("console.kind.proposal."+key), who
		events = append(events, e)
		if err == nil {
			err = err2
		}
	}
	who, err2 := n.nameOf(v, p.Proposer)
	add(ui.Event{At: p.Created, Tone: ui.Info, Icon: "send", Text: p.Reason}, "made", who, err2)
	if !p.Decided.IsZero() {
		who, err2 = n.nameOf(v, p.Decider)
		key, tone := "approved", ui.Good
		if p.State == foureyes.Rejected {
			key, tone = "rejected", ui.Bad
		}
		add(ui.Event{At: p.Decided, Tone: tone, Text: p.Note}, key, who, err2)
	}
	who, err2 = n.nameOf(v, p.Runner)
	switch p.State {
	case foureyes.Executed:
		add(ui.Event{At: p.Ended, Tone: ui.Good}, "executed", who, err2)
	case foureyes.Failed:
		add(ui.Event{At: p.Ended, Tone: ui.Bad, Text: p.Outcome}, "failed", who, err2)
	case foureyes.Withdrawn:
		add(ui.Event{At: p.Ended, Tone: ui.Warn}, "withdrawn", "", nil)
	case foureyes.Open, foureyes.Approved, foureyes.Running, foureyes.Rejected, foureyes.Expired:
	}
	return events, err
}

// proposalPayload sends the very bytes that were proposed.
func (c *console) proposalPayload(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	p, err := c.Proposals.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	_, _ = v.attach("application/json", "proposal-"+p.ID.String()+".json").Write(p.Payload) // a reader that went away is no failure of ours
	return nil
}

// approveProposal decides for it: for what the form says was shown.
func (c *console) approveProposal(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	seen, err := foureyes.ParseDigest(v.form.Value("digest"))
	if err != nil {
		return fault.Invalidf("console.form", "This form is not complete. Open it anew.").WithCause(err)
	}
	p, err := c.Proposals.Approve(v.ctx(), v.s.Actor(), id, seen, v.form.Value("note"))
	if err != nil {
		return v.again(err, c.proposal)
	}
	key := "console.proposal.done.approved"
	if p.State == foureyes.Executed {
		key = "console.proposal.done.executed"
	}
	return v.done("/proposals/"+id.String(), key)
}

// rejectProposal decides against it, and says why.
func (c *console) rejectProposal(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	if v.form.Require(v.t, "note", v.t.T("console.proposal.note")); !v.form.OK() {
		return c.proposal(v)
	}
	if _, err := c.Proposals.Reject(v.ctx(), v.s.Actor(), id, v.form.Value("note")); err != nil {
		return v.again(err, c.proposal)
	}
	return v.done("/proposals", "console.proposal.done.rejected")
}

// withdrawProposal takes the member's own one back.
func (c *console) withdrawProposal(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	if _, err := c.Proposals.Withdraw(v.ctx(), v.s.Actor(), id); err != nil {
		return v.again(err, c.proposal)
	}
	return v.done("/proposals/"+id.String(), "console.proposal.done.withdrawn")
}

// attach says that a text is a file to be kept, under a name of ours.
func (v *visit) attach(kind, name string) http.ResponseWriter {
	h := v.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return v.w
}
