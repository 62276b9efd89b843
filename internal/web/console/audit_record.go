package console

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type recordPage struct {
	*visit
	Row     auditRow
	Facts   []ui.Fact
	Details string // JSON, indented; "" for none
	Erased  bool
	Proof   proofView
}

// proofView tells the proof of inclusion in words and hashes.
type proofView struct {
	Verified bool
	Problem  string // why not
	Leaf     int64
	Size     int64
	LeafHash string
	Steps    []proofStep
	Root     string
	Signed   ui.Fact
	Origin   string
	Note     string
	Key      string
}

type proofStep struct {
	N           int
	Left, Right string
	Gives       string
	First, Last int64
	Mine        string // which side the hash so far is on: "left" or "right"
}

// auditRecord shows a record with its details and the proof that it is in the log.
func (c *console) auditRecord(v *visit) error {
	id, err := c.recordID(v)
	if err != nil {
		return err
	}
	proof, err := c.Audit.Prove(v.ctx(), id)
	if err != nil {
		return err
	}
	rows, err := c.auditRows(v, []audit.Entry{proof.Entry})
	if err != nil {
		return err
	}
	p := recordPage{visit: v, Row: rows[0], Facts: v.recordFacts(rows[0]), Details: indent(proof.Entry.Details), Erased: proof.Entry.Erased()}
	if p.Proof, err = c.explain(v, proof); err != nil {
		return err
	}
	return v.render("record", rows[0].What, p)
}

func (c *console) recordID(v *visit) (audit.ID, error) {
	return audit.ParseID(v.r.PathValue("id"))
}

func (v *visit) recordFacts(r auditRow) []ui.Fact {
	facts := []ui.Fact{
		{Name: v.t.T("console.audit.at"), Value: v.t.Time(r.At), Note: r.At.UTC().Format("2006-01-02T15:04:05.000000Z")},
		{Name: v.t.T("console.audit.kind"), Value: r.Kind, Mono: true},
		{Name: v.t.T("console.audit.who"), Value: r.Who, Note: r.Actor},
	}
	if r.Object != "" {
		facts = append(facts, ui.Fact{Name: v.t.T("console.audit.object"), Value: r.Object, Mono: true})
	}
	facts = append(facts, ui.Fact{Name: v.t.T("console.audit.id"), Value: r.ID.String(), Mono: true})
	return append(facts, ui.Fact{Name: v.t.T("console.audit.digest"), Value: hex.EncodeToString(r.Digest), Mono: true})
}

// CustomerID is the customer's page, for those that exist.
func (p recordPage) CustomerID() ident.ID { return p.Row.Entry.Customer }

func indent(details json.RawMessage) string {
	var b bytes.Buffer
	if len(details) == 0 || json.Indent(&b, details, "", "  ") != nil {
		return string(details)
	}
	return b.String()
}

// explain checks the proof here and now, with nothing but the verifier key.
func (c *console) explain(v *visit, p audit.Proof) (proofView, error) {
	out := proofView{Leaf: p.Leaf, Note: p.Checkpoint, Key: c.Audit.VerifierKey()}
	if _, err := audit.CheckProof(p, out.Key); err != nil {
		out.Problem = v.t.T("console.proof.problem", "why", err.Error())
		return out, nil
	}
	x, err := c.Audit.Explain(v.ctx(), p.Entry.ID)
	if err != nil {
		return out, err
	}
	out.Verified, out.Leaf, out.Size = true, x.Proof.Leaf, x.Checkpoint.Size
	out.LeafHash, out.Root, out.Note = hash(x.LeafHash), hash(x.Checkpoint.Root), x.Proof.Checkpoint
	out.Origin = x.Checkpoint.Origin
	out.Signed = ui.Fact{Name: v.t.T("console.proof.signed"), Value: v.t.Time(x.Checkpoint.At), Note: v.t.T("console.proof.epoch", "n", strconv.FormatInt(x.Checkpoint.Epoch, 10))}
	mine := x.LeafHash
	for i, s := range x.Steps {
		step := proofStep{N: i + 1, Left: hash(s.Left), Right: hash(s.Right), Gives: hash(s.Gives), First: s.First, Last: s.Last, Mine: "right"}
		if s.Left == mine {
			step.Mine = "left"
		}
		mine = s.Gives
		out.Steps = append(out.Steps, step)
	}
	return out, nil
}

// hash writes a hash in hexadecimal.
func hash[H ~[32]byte](h H) string { return fmt.Sprintf("%x", [32]byte(h)) }

// auditProof sends the proof as JSON, to be checked elsewhere.
func (c *console) auditProof(v *visit) error {
	id, err := c.recordID(v)
	if err != nil {
		return err
	}
	p, err := c.Audit.Prove(v.ctx(), id)
	if err != nil {
		return err
	}
	body, err := json.Marshal(p) // not indented: the digest is over the bytes of the details
	if err != nil {
		return err
	}
	return v.download("application/json", "audit-proof-"+id.String()+".json", append(body, '\n'))
}

// download sends a file of ours.
func (v *visit) download(kind, name string, body []byte) error {
	h := v.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	v.w.Write(body) // a reader that went away is no failure of ours
	return nil
}
