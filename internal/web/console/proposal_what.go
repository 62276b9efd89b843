package console

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Bounds of what a proposal's page looks at itself; all of it is in the download.
const (
	shownTokens   = 20  // of a bulk act, by serial number
	judgedTokens  = 500 // of a bulk act, in the dry run
	shownPayload  = 4 << 10
	shownRefusals = 10
)

// explained is what a proposal will do, in words.
type explained struct {
	Text    string
	Facts   []ui.Fact
	Changes *changesView
	Relaxes bool // it takes an act from under four eyes, or lets proposals live longer
	Bulk    *bulkWhat
	Raw     string // the payload, where there are no words for it
}

// bulkWhat is a bulk act with what it would do now.
type bulkWhat struct {
	Tokens  []token.Named // the first ones
	More    int           // further tokens
	Judged  int           // tokens that the dry run looked at
	Sum     token.BulkSummary
	Refused []token.BulkRow // the first ones
}

// what says what a proposal will do. It is shown to whoever decides, so it is
// made of the payload and of nothing that its proposer said.
func (c *console) what(v *visit, p foureyes.Proposal) (x explained, err error) {
	switch p.Act {
	case policy.ActPolicy:
		ch, err := foureyes.ParsePolicyChange(p.Payload)
		if err != nil {
			return x, err
		}
		return c.explainPolicy(v, ch)
	case policy.ActBulk:
		b, err := token.ParseBulk(p.Payload)
		if err != nil {
			return x, err
		}
		return c.explainBulk(v, p, b)
	case policy.ActImport:
		plan, err := token.ParseImportPlan(p.Payload)
		if err != nil {
			return x, err
		}
		return v.explainImport(plan), nil
	case policy.ActRules:
		return c.explainRules(v, p.Payload)
	case policy.ActFinding:
		return c.explainFinding(v, p.Payload)
	case policy.ActPortfolio:
		return c.explainPortfolio(v, p.Payload)
	case policy.ActRotation:
		x.Text = v.t.T("console.proposal.what.rotate")
	}
	x.Raw, err = indented(p.Payload)
	return x, err
}

// indented writes JSON for people, bounded.
func indented(payload []byte) (string, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, payload, "", "  "); err != nil {
		return "", err
	}
	text := b.String()
	if len(text) > shownPayload {
		text = text[:shownPayload] + " …"
	}
	return text, nil
}

func (c *console) explainPolicy(v *visit, ch foureyes.PolicyChange) (x explained, err error) {
	n := func(version int64) string { return strconv.FormatInt(version, 10) }
	x.Text = v.t.T("console.proposal.what.policy", "from", n(ch.From), "to", n(ch.To))
	from, _, err := c.Policies.Get(v.ctx(), ch.From)
	if err != nil {
		return x, err
	}
	to, _, err := c.Policies.Get(v.ctx(), ch.To)
	if err != nil {
		return x, err
	}
	x.Relaxes = from.FourEyes.Relaxes(to.FourEyes)
	x.Changes, err = v.changes(from, to)
	return x, err
}

func (v *visit) explainImport(plan token.ImportPlan) explained {
	x := explained{Text: v.t.T("console.proposal.what.import", "n", v.t.Number(plan.Imported))}
	mode := v.t.T("console.upload.rows")
	if plan.Whole {
		mode = v.t.T("console.upload.whole")
	}
	x.Facts = []ui.Fact{
		{Name: v.t.T("console.imports.digest.file"), Value: plan.File, Mono: true, Note: v.t.T("console.imports.digest.file_note")},
		{Name: v.t.T("console.imports.mode"), Value: mode},
		{Name: v.t.T("console.result.would"), Value: v.t.Number(plan.Imported)},
		{Name: v.t.T("console.result.duplicate"), Value: v.t.Number(plan.Duplicate)},
		{Name: v.t.T("console.result.refused"), Value: v.t.Number(plan.Refused)},
	}
	for _, extra := range []struct{ key, value string }{{"console.upload.hash", plan.Hash}, {"console.upload.maker", plan.Manufacturer}} {
		if extra.value != "" {
			x.Facts = append(x.Facts, ui.Fact{Name: v.t.T(extra.key), Value: extra.value})
		}
	}
	for _, odd := range []struct {
		key string
		on  bool
	}{{"console.upload.legacy", plan.Legacy}, {"console.upload.same_mac", plan.SameMACKey}, {"console.proposal.no_mac", plan.NoMAC}, {"console.proposal.signed", plan.Signed}} {
		if odd.on {
			x.Facts = append(x.Facts, ui.Fact{Name: v.t.T(odd.key), Value: v.t.T("console.yes")})
		}
	}
	return x
}

// explainBulk names the tokens and, while it can still happen, says what would
// become of them now.
func (c *console) explainBulk(v *visit, p foureyes.Proposal, b token.Bulk) (x explained, err error) {
	x.Text = v.t.N("console.bulk.what."+string(b.Act), len(b.Tokens))
	x.Facts = v.bulkFacts(b)
	x.Bulk = &bulkWhat{Tokens: b.Tokens[:min(len(b.Tokens), shownTokens)], More: max(len(b.Tokens)-shownTokens, 0)}
	if p.State != foureyes.Open && p.State != foureyes.Approved {
		return x, nil
	}
	some := b
	some.Tokens = b.Tokens[:min(len(b.Tokens), judgedTokens)]
	x.Bulk.Judged = len(some.Tokens)
	x.Bulk.Sum, err = c.Care.PreviewBulk(v.ctx(), some, func(r token.BulkRow) error {
		if r.Result == token.BulkRefused && len(x.Bulk.Refused) < shownRefusals {
			x.Bulk.Refused = append(x.Bulk.Refused, v.told(r))
		}
		return nil
	})
	return x, err
}

// bulkFacts is what a bulk act does, apart from its tokens.
func (v *visit) bulkFacts(b token.Bulk) []ui.Fact {
	facts := []ui.Fact{
		{Name: v.t.T("console.bulk.act"), Value: v.t.T("console.bulk.acts." + string(b.Act))},
		{Name: v.t.T("console.bulk.reason"), Value: b.Reason},
	}
	if b.Ends != nil {
		facts = append(facts, ui.Fact{Name: v.t.T("console.bulk.ends"), Value: v.t.Time(*b.Ends)})
	}
	last := "console.no"
	if b.EvenLast {
		last = "console.yes"
	}
	return append(facts, ui.Fact{Name: v.t.T("console.bulk.even_last_short"), Value: v.t.T(last)})
}
