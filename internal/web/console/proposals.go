package console

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const proposalsPage = 50

type proposalsView struct {
	*visit
	Past   bool // those that have ended, instead of those that wait
	Groups []proposalGroup
	Pager  ui.Pager
}

// proposalGroup is some proposals that wait for the same thing.
type proposalGroup struct {
	Key  string // "decide", "others", "ready" or "past"
	Rows []proposalRow
}

type proposalRow struct {
	foureyes.Proposal
	Title string
	Who   string
	Badge ui.Badge
	Left  string // time until it expires; "" when that does not matter any more
}

// proposals is the inbox: what waits for a decision, or for being carried out; or
// what became of earlier ones.
func (c *console) proposals(v *visit) error {
	p := proposalsView{visit: v, Past: v.query("show") == "past"}
	states := []foureyes.State{foureyes.Open, foureyes.Approved, foureyes.Running}
	if p.Past {
		states = []foureyes.State{foureyes.Executed, foureyes.Rejected, foureyes.Withdrawn, foureyes.Failed, foureyes.Expired}
	}
	before, err := readBefore(v.query("after"))
	if err != nil {
		return err
	}
	all, err := c.Proposals.List(v.ctx(), states, before, proposalsPage+1)
	if err != nil {
		return err
	}
	next := ""
	if len(all) > proposalsPage {
		all = all[:proposalsPage]
		next = all[proposalsPage-1].ID.String()
	}
	p.Pager = v.pager(next)
	rows, err := c.proposalRows(v, all)
	if err != nil {
		return err
	}
	p.Groups = v.grouped(rows, p.Past)
	return v.render("proposals", v.t.T("console.proposal.title"), p)
}

// readBefore reads where a page of the list begins.
func readBefore(after string) (ident.ID, error) {
	if after == "" {
		return ident.ID{}, nil
	}
	id, err := ident.Parse(after)
	if err != nil {
		return id, fault.Invalidf("console.cursor", "This is not a page of the list. Start with the first page.").WithCause(err)
	}
	return id, nil
}

func (c *console) proposalRows(v *visit, all []foureyes.Proposal) ([]proposalRow, error) {
	n := c.names(v)
	rows := make([]proposalRow, len(all))
	for i, p := range all {
		who, err := n.of(v.ctx(), p.Proposer.String())
		if err != nil {
			return nil, err
		}
		rows[i] = proposalRow{Proposal: p, Title: v.actName(p), Who: who, Badge: v.badge("console.status.proposal", string(p.State)), Left: v.left(p)}
	}
	return rows, nil
}

// actName says what kind of act is proposed.
func (v *visit) actName(p foureyes.Proposal) string {
	return v.word("console.proposal.act.", string(p.Act))
}

// left is the time in which somebody must act.
func (v *visit) left(p foureyes.Proposal) string {
	if p.State != foureyes.Open && p.State != foureyes.Approved {
		return ""
	}
	return v.t.Span(p.Expires.Sub(v.now))
}

// mine reports whether the member proposed it: somebody else must decide then.
func (v *visit) mine(p foureyes.Proposal) bool { return p.Proposer.String() == v.s.Actor().String() }

// grouped puts first what the member can do something about.
func (v *visit) grouped(rows []proposalRow, past bool) (out []proposalGroup) {
	groups := []proposalGroup{{Key: "decide"}, {Key: "ready"}, {Key: "others"}}
	if past {
		groups = []proposalGroup{{Key: "past"}}
	}
	for _, row := range rows {
		i := 0
		switch {
		case past, row.State == foureyes.Open && v.s.Can(staff.Approve) && !v.mine(row.Proposal):
		case row.State == foureyes.Approved || row.State == foureyes.Running:
			i = 1
		default:
			i = 2
		}
		groups[i].Rows = append(groups[i].Rows, row)
	}
	for _, g := range groups {
		if len(g.Rows) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// waiting counts what waits for the member's decision.
func (c *console) waiting(v *visit) (int64, error) {
	if !v.s.Can(staff.Approve) {
		return 0, nil
	}
	return c.Proposals.Waiting(v.ctx(), v.s.Actor())
}

// nameOf is names.of for an actor; "" for none.
func (n *names) nameOf(v *visit, who audit.Actor) (string, error) {
	if who.IsZero() {
		return "", nil
	}
	return n.of(v.ctx(), who.String())
}
