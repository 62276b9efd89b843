package risk

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/probe"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// VisitLife is how long reports of a visit are taken, and events can name it.
const VisitLife = 30 * time.Minute

// reportsKept is how long what was reported is kept after that: for events that
// are judged again.
const reportsKept = time.Hour

// Opened is a visit of a page: what the page sends its reports under, and what the
// bank names in [Call.Visit].
type Opened struct {
	Token   string // 43 characters, to be kept from others than the visitor
	Expires time.Time
}

// OpenVisit makes a visit for one view of a page. Nothing is known of the visitor, so
// there is no audit record; the event that names the visit has one.
func (d *Desk) OpenVisit(ctx context.Context) (v Opened, err error) {
	var secret [32]byte
	if _, err := io.ReadFull(d.Rand, secret[:]); err != nil {
		return v, err
	}
	v.Token = base64.RawURLEncoding.EncodeToString(secret[:])
	visit := d.mac("visit", v.Token)
	err = d.DB.Settle(ctx, ident.Derive("risk.probe", visit), func(tx *db.Tx) error {
		v.Expires = tx.Now.Add(VisitLife)
		_, err := tx.Exec("INSERT INTO risk_probe (visit, seq, signals, malformed, machine, spent, expires_at) VALUES ($1, 0, '[]', 0, '', 0, $2)", visit, v.Expires)
		return err
	})
	return v, err
}

// Report takes a report of the probe under the token of a visit. Agent is the
// User-Agent of the request that brought it. A newer report takes the place of an
// older one; that one was malformed stays. Of a visit that does not exist, is over, or
// belongs to an event that ended well, nothing is kept, and the caller is not told: an
// error is only ever ours.
func (d *Desk) Report(ctx context.Context, token, agent string, body []byte) error {
	visit := d.mac("visit", token)
	r, err := probe.Parse(body)
	set, args := "malformed = 1", []any(nil)
	if err == nil {
		set, args = "seq = $3, signals = $4, machine = $5", []any{r.Seq, text(r.Signals(agent)), d.mac("machine", r.Device())}
	}
	where := " WHERE visit = $1 AND expires_at > $2 AND spent = 0"
	if err == nil {
		where += " AND seq < $3"
	}
	return d.DB.Settle(ctx, ident.Derive("risk.probe", visit), func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE risk_probe SET "+set+where, append([]any{visit, tx.Now}, args...)...)
		return err
	})
}

// reported is what a visit's page has reported so far.
type reported struct {
	signals []string
	machine string
}

// scan reads seq, signals, malformed and machine.
func (p *reported) scan(r db.Row) error {
	var seq int64
	var signals string
	var malformed bool
	if err := r.Scan(&seq, &signals, &malformed, &p.machine); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(signals), &p.signals); err != nil {
		return fault.New(fault.Internal, "risk.damaged", "Stored reports cannot be read.").WithCause(err)
	}
	switch {
	case malformed:
		p.signals = append(p.signals, probe.Malformed)
	case seq == 0:
		p.signals = append(p.signals, probe.Missing)
	}
	return nil
}

// probed puts what was reported into the facts. A visit that is unknown, over, spent
// or another customer's is as good as none that reported.
func (d *Desk) probed(tx *db.Tx, f *score.Facts, c *Call) error {
	c.visit = ""
	if c.Visit == "" || c.NoConsent {
		return nil
	}
	visit, p := d.mac("visit", c.Visit), reported{signals: []string{probe.Missing}}
	err := p.scan(tx.Row(`SELECT seq, signals, malformed, machine FROM risk_probe
		WHERE visit = $1 AND expires_at > $2 AND spent = 0 AND (customer IS NULL OR customer = $3)`, visit, tx.Now, c.Customer))
	switch {
	case err == nil:
		c.visit = visit
	case !errors.Is(err, db.ErrNoRow):
		return err
	}
	f.Signals, f.Machine = union(c.Signals, p.signals), p.machine
	return nil
}

// claim makes the visit that an event was judged with the customer's.
func (e *Event) claim(tx *db.Tx, visit string) error {
	if visit == "" {
		return nil
	}
	n, err := tx.Exec("UPDATE risk_probe SET customer = $2 WHERE visit = $1 AND spent = 0 AND (customer IS NULL OR customer = $2)", visit, e.Customer)
	if err != nil {
		return err
	}
	if n == 0 {
		return errStale // another customer's event was faster: judged without it
	}
	_, err = tx.Exec("INSERT INTO risk_probe_event (customer, event, visit, expires_at) VALUES ($1, $2, $3, $4)", e.Customer, e.ID, visit, e.Created.Add(VisitLife))
	return err
}

// spend ends the visit of an event that ended well: what was reported is no
// evidence for another one.
func (e *Event) spend(tx *db.Tx) error {
	_, err := tx.Exec("UPDATE risk_probe SET spent = 1 WHERE visit IN (SELECT visit FROM risk_probe_event WHERE customer = $1 AND event = $2)", e.Customer, e.ID)
	return err
}

// refreshed are the facts of an event with what its page has reported meanwhile.
// What was a signal stays one; only that nothing came is over when something comes.
func (e *Event) refreshed(tx *db.Tx) (score.Facts, error) {
	f, p := e.Facts, reported{}
	err := p.scan(tx.Row(`SELECT p.seq, p.signals, p.malformed, p.machine FROM risk_probe p JOIN risk_probe_event v ON v.visit = p.visit
		WHERE v.customer = $1 AND v.event = $2`, e.Customer, e.ID))
	if errors.Is(err, db.ErrNoRow) {
		return f, nil
	}
	if !slices.Contains(p.signals, probe.Missing) {
		f.Signals = slices.DeleteFunc(slices.Clone(f.Signals), func(s string) bool { return s == probe.Missing })
	}
	f.Signals, f.Machine = union(f.Signals, p.signals), p.machine
	return f, err
}

// forgetVisits deletes what the pages that a customer visited have reported.
func forgetVisits(tx *db.Tx, customer ident.ID) error {
	_, err := tx.Exec("DELETE FROM risk_probe_event WHERE customer = $1", customer)
	if err == nil {
		_, err = tx.Exec("DELETE FROM risk_probe WHERE customer = $1", customer)
	}
	return err
}

// sweepReports deletes what nobody asks for any more.
func sweepReports(tx *db.Tx, limit int) (n int64, err error) {
	for _, sql := range []string{
		"DELETE FROM risk_probe WHERE visit IN (SELECT visit FROM risk_probe WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
		"DELETE FROM risk_probe_event WHERE (customer, event) IN (SELECT customer, event FROM risk_probe_event WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
	} {
		gone, err := tx.Exec(sql, tx.Now.Add(-reportsKept), limit)
		if err != nil {
			return n, err
		}
		n += gone
	}
	return n, nil
}

// union is every text once, sorted; nil for none.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
