package console

import (
	"encoding/hex"
	"strconv"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type checkpointPage struct {
	*visit
	Facts []ui.Fact
	Note  string // the signed form; "" for a log without records
	Key   string
}

// checkpoint shows the newest signed statement of what the log is, and the key
// that it is checked with.
func (c *console) checkpoint(v *visit) error {
	cp, err := c.Audit.Checkpoint(v.ctx())
	if err != nil {
		return err
	}
	tail, err := c.Audit.Unsealed(v.ctx())
	if err != nil {
		return err
	}
	p := checkpointPage{visit: v, Note: string(cp.Note), Key: c.Audit.VerifierKey(), Facts: []ui.Fact{
		{Name: v.t.T("console.checkpoint.origin"), Value: dash(cp.Origin), Mono: true},
		{Name: v.t.T("console.checkpoint.size"), Value: v.t.Number(cp.Size)},
		{Name: v.t.T("console.system.tail"), Value: v.t.Number(tail), Note: v.t.T("console.checkpoint.tail_note")},
		{Name: v.t.T("console.checkpoint.at"), Value: v.moment(cp.At)},
		{Name: v.t.T("console.checkpoint.epoch"), Value: strconv.FormatInt(cp.Epoch, 10), Note: v.t.T("console.checkpoint.epoch_note")},
		{Name: v.t.T("console.checkpoint.root"), Value: hex.EncodeToString(cp.Root[:]), Mono: true},
	}}
	return v.render("checkpoint", v.t.T("console.checkpoint.title"), p)
}

// checkpointNote sends the signed note, to be kept apart from the database.
func (c *console) checkpointNote(v *visit) error {
	cp, err := c.Audit.Checkpoint(v.ctx())
	if err != nil {
		return err
	}
	if cp.Note == nil {
		return fault.NotFoundf("console.checkpoint_none", "There is no checkpoint yet: the log has no sealed records.")
	}
	return v.download("text/plain; charset=utf-8", "checkpoint-"+strconv.FormatInt(cp.Size, 10)+".txt", cp.Note)
}
