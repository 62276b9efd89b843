package console

import (
	"regexp"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type newBulkPage struct {
	*visit
	Acts []ui.Choice
	Job  *bulkShot // one that is there already
	Max  int
}

// newBulk asks what is to be done, and with which tokens.
func (c *console) newBulk(v *visit) error {
	p := newBulkPage{visit: v, Max: token.MaxBulk}
	for _, a := range token.BulkActs() {
		p.Acts = append(p.Acts, ui.Choice{Value: string(a), Text: v.t.T("console.bulk.acts_long." + string(a))})
	}
	if v.form.Value("act") == "" {
		v.form.Set("act", string(device.Suspend))
	}
	if j := c.bulks.of(v.s.Staff); j != nil {
		s := j.shot()
		p.Job = &s
	}
	return v.render("bulk-new", v.t.T("console.bulk.new"), p)
}

// checkBulk takes the list, and finds out behind the request what would become of
// each token. Nothing is changed.
func (c *console) checkBulk(v *visit) error {
	if err := v.readText("tokens", maxList); err != nil {
		return err
	}
	b := v.readBulk()
	if !v.form.OK() {
		return c.newBulk(v)
	}
	b, err := token.NewBulk(b)
	if err != nil {
		return v.again(err, c.newBulk)
	}
	j := &bulkJob{id: ident.New(v.now, c.Rand), owner: v.s.Staff, bulk: b, began: v.now, state: uploading}
	if err := c.bulks.open(j); err != nil {
		return v.again(err, c.newBulk)
	}
	if err := c.previewBulk(j); err != nil {
		c.bulks.remove(j)
		return err
	}
	return v.to("/bulk/" + j.id.String())
}

// badEntry finds the line in what ReadList says.
var badEntry = regexp.MustCompile(`^Line (\d+) `)

// readBulk reads the form; what is wrong with it is an error of the form.
func (v *visit) readBulk() token.Bulk {
	b := token.Bulk{Act: device.Act(v.form.Value("act")), Reason: v.form.Value("reason"), EvenLast: v.form.Value("even_last") != ""}
	v.form.Require(v.t, "reason", v.t.T("console.bulk.reason"))
	if b.Act == device.Extend {
		day := v.lastDay("ends_at")
		b.Ends = &day
	}
	list, err := token.ReadList(strings.NewReader(v.form.Raw("tokens")))
	b.Tokens = list
	switch {
	case err != nil:
		v.form.Fail("tokens", v.listFault(err))
	case len(list) == 0 && v.form.Fault("file") == "":
		v.form.Fail("tokens", v.t.T("console.bulk.no_tokens"))
	}
	return b
}

// listFault says in the reader's language which line is no serial number.
func (v *visit) listFault(err error) string {
	f := fault.From(err)
	if line := badEntry.FindStringSubmatch(f.Detail); line != nil {
		return v.t.T("console.bulk.bad_line", "n", line[1])
	}
	return v.t.Fault(f)
}

// lastDay reads the day on which tokens are to end. One that is none, or over, is an
// error of its field.
func (v *visit) lastDay(field string) time.Time {
	day, err := time.Parse(time.DateOnly, v.form.Value(field))
	switch {
	case err != nil:
		v.form.Fail(field, v.t.T("console.bulk.no_day"))
	case !day.After(v.now):
		v.form.Fail(field, v.t.T("console.bulk.past_day"))
	}
	return day
}
