package interaction

import (
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Live is how far the time of a message may be from the server's for it to be of now.
const Live = 5 * time.Minute

// Batch is what a device told in one message. The message was taken: its signature is
// right, and it takes effect for the first time. The body has passed its Check.
type Batch struct {
	Sent time.Time // as the message says
	Body *report.Batch
}

// Take keeps a batch, in the transaction that takes the message, and notes what is
// recent. It is kept sealed, and learned later ([Desk.Learn]). What comes from a device that
// is no primary is about itself, and goes to the primary that named it (DI-47).
//
// Where nothing is to be learned, by the policies or by the customer's choice, the answer is that
// nothing was taken. The fault "interaction.primary" (Denied) says that the device may not report, or that the primary that named
// it is not in use.
func (d *Desk) Take(tx *db.Tx, c companion.Companion, b Batch) (t report.Taken, err error) {
	r := &reading{d: d, tx: tx, from: c, zone: b.Body.Zone, rules: d.rules()}
	choice, err := chosen(tx, c.Customer)
	if err != nil || r.rules.Mode == policy.InteractionOff || !choice.Learn {
		return t, err
	}
	if r.primary, err = reports(c); err != nil {
		return t, err
	}
	r.choice = choice
	if r.known, err = numbered(tx, c.Customer); err != nil {
		return t, err
	}
	if r.own() && !r.heard() {
		return t, noReporter()
	}
	live := b.Body.Live && b.Sent.Sub(tx.Now).Abs() <= Live
	for i := range b.Body.Events {
		if err := r.event(&b.Body.Events[i], live); err != nil {
			return t, err
		}
	}
	if len(r.dated)+len(r.undated) == 0 {
		return r.taken, nil
	}
	return r.taken, r.keep()
}

// reports returns the primary whose pattern a device's reports belong to.
func reports(c companion.Companion) (primary ident.ID, err error) {
	switch {
	case c.May(companion.Primary), c.May(companion.HubRole) && c.Hub.IsZero():
		return c.ID, nil
	case !c.Hub.IsZero() && c.May(companion.Secondary):
		return c.Hub, nil
	}
	return primary, noReporter()
}

func noReporter() error {
	return fault.Deniedf("interaction.primary", "This device may not report: its owner lets it be neither a primary nor a secondary, or the device that named it is not in use.")
}

// numbered returns the devices of a customer that are in use, by their short numbers.
func numbered(tx *db.Tx, customer ident.ID) (map[int]companion.Companion, error) {
	all, err := companion.Of(tx, customer)
	known := make(map[int]companion.Companion, len(all))
	for _, c := range all {
		if c.Status == device.Active {
			known[c.Number] = c
		}
	}
	return known, err
}

// reading is a batch that is being read.
type reading struct {
	d       *Desk
	tx      *db.Tx
	from    companion.Companion
	primary ident.ID
	zone    int
	rules   rules
	choice  Choice
	known   map[int]companion.Companion

	dated, undated []pattern.Event
	taken          report.Taken
}

// own reports whether the sender tells of itself to the pattern of another.
func (r *reading) own() bool { return r.primary != r.from.ID }

// heard reports whether the primary that named the sender is in use: what is told to one that is lost is told to nobody.
func (r *reading) heard() bool {
	for _, c := range r.known {
		if c.ID == r.primary {
			return true
		}
	}
	return false
}

// event reads one event. Without a time it is of now when the message is, and of no time
// otherwise (decision DD-14).
func (r *reading) event(e *report.Event, live bool) error {
	x := pattern.Event{At: e.At(), Offset: r.zone, Device: pattern.Number(e.Device)} //nolint:gosec // a short number
	into := &r.dated
	switch {
	case !x.At.IsZero():
	case live:
		x.At = r.tx.Now
	default:
		x.At, into = r.tx.Now, &r.undated
		r.taken.Undated++
	}
	if x.At.After(r.tx.Now.Add(Live)) {
		x.At = r.tx.Now // a clock that is ahead, of a message that was taken
	}
	if r.own() {
		return r.self(e, x, into)
	}
	if e.Device != 0 && !r.companion(e.Device) {
		r.taken.Unknown++
		return nil
	}
	v, err := r.evident(e, x.At)
	if err != nil {
		return err
	}
	r.add(e, x, v, into)
	return nil
}

// companion reports whether a number is of a device that is in use, and not the sender.
func (r *reading) companion(n int) bool {
	_, found := r.known[n]
	return found && n != r.from.Number
}

// self reads what a secondary says of itself; whom it meets is not asked.
func (r *reading) self(e *report.Event, x pattern.Event, into *[]pattern.Event) error {
	if e.Device != 0 && e.Device != r.from.Number || e.Kind == report.Poll {
		r.taken.Unknown++
		return nil
	}
	if e.Kind == report.Activity && e.Active && !r.together(e) {
		r.taken.Unproven++ // it is worn by somebody, and nobody knows where
		return nil
	}
	x.Device = pattern.Number(r.from.Number) //nolint:gosec // a short number
	signed := map[int]pattern.Proof{r.from.Number: pattern.Signed}
	r.add(e, x, evident{there: signed, worn: signed}, into)
	return nil
}

// add takes an event of its kind.
func (r *reading) add(e *report.Event, x pattern.Event, v evident, into *[]pattern.Event) {
	x.Proof = max(pattern.Identifier, v.there[int(x.Device)])
	switch e.Kind {
	case report.Poll:
		r.poll(e, x, v, into)
		return
	case report.Seen:
		x.Kind = pattern.Sight
	case report.Connect:
		x.Kind = pattern.Connect
	case report.Disconnect:
		x.Kind = pattern.Disconnect
	case report.Place:
		x.Kind, x.Cell = pattern.Place, cellOf(e.Place)
	case report.Context:
		v, ok := r.value(e)
		if !ok {
			return
		}
		x.Kind, x.Context = pattern.Context, v
	case report.Activity:
		if !r.choice.Activity {
			return
		}
		x.Kind, x.Active = pattern.Activity, e.Active
		if e.Active {
			x.Proof = max(pattern.Identifier, v.worn[int(x.Device)])
		}
	}
	*into = append(*into, x)
	r.taken.Events++
}

// poll takes a look around: whom it saw, and of those who proved it, that they did.
func (r *reading) poll(e *report.Event, x pattern.Event, v evident, into *[]pattern.Event) {
	x.Kind, x.Proof = pattern.Poll, pattern.Identifier
	for _, n := range e.Seen {
		if !r.companion(n) {
			r.taken.Unknown++
			continue
		}
		x.Seen.Add(pattern.Number(n)) //nolint:gosec // a short number
	}
	*into = append(*into, x)
	r.taken.Events++
	for n := range x.Seen.All() {
		if p := v.there[int(n)]; p.Authenticated() {
			*into = append(*into, pattern.Event{At: x.At, Offset: x.Offset, Kind: pattern.Sight, Device: n, Proof: p})
		}
		if p := v.worn[int(n)]; p.Authenticated() && r.choice.Activity {
			*into = append(*into, pattern.Event{At: x.At, Offset: x.Offset, Kind: pattern.Activity, Device: n, Proof: p, Active: true})
		}
	}
}

// value reads a context; false for what is not kept.
func (r *reading) value(e *report.Event) (v pattern.Value, ok bool) {
	name, ok := pattern.ParseName(e.Context.Name)
	logs := r.rules.Logs && r.choice.Logs
	if !ok || name.Log() && !logs || name.Numeric() != (e.Context.Number != nil) {
		return v, false
	}
	v = pattern.Value{Device: pattern.Number(e.Device), Name: name} //nolint:gosec // a short number
	if r.own() {
		v.Device = pattern.Number(r.from.Number) //nolint:gosec // a short number
	}
	if e.Context.Number != nil {
		v.Number = *e.Context.Number
	} else {
		v.Category = pattern.Bin(e.Context.Category)
	}
	return v, true
}
