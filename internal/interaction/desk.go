package interaction

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Records that this package leaves.
const (
	AuditJudged   = "interaction.judged"
	AuditDisowned = "interaction.disowned" // the customer says that a request was not theirs
	AuditNoticed  = "interaction.noticed"  // a journey was announced
	AuditRecalled = "interaction.recalled" // and taken back
	AuditChosen   = "interaction.chosen"   // what may be kept of the customer
	AuditForgot   = "interaction.forgot"   // what was learned and reported was deleted
)

// Labels of sealed columns: for ever the same.
const (
	learnedLabel = "interaction.learned"
	recentLabel  = "interaction.recent"
	eventsLabel  = "interaction.events"
	placeLabel   = "interaction.place"
)

// Desk keeps patterns, and judges by them. DB, Ring, Policies and Rand are required.
type Desk struct {
	DB       *db.DB
	Ring     *keyring.Ring
	Policies Policies
	Rand     io.Reader

	// Zone is the civil time of the bank: the sum of a day is that of a day there. Nil: UTC.
	Zone *time.Location
	// Secret returns the key of a device that signs by HMAC, such as companion.Desk.Secret.
	// Nil: nothing that such devices sign counts.
	Secret func(companion.Companion) ([]byte, error)
	// Asked reports whether the nonce of an evidence is that of a question which the server put
	// to the device a moment ago, and takes it, so that it answers once. Nil: no question was put.
	Asked func(tx *db.Tx, primary companion.Companion, e report.Evidence) (bool, error)
	// Disowned hears, in the transaction of it, that a customer denies a request. Nil: nobody.
	Disowned func(tx *db.Tx, by audit.Actor, decision Decision) error
}

// Policies says which policies are in force, such as policy.Book.
type Policies interface{ Active() *policy.Set }

// Proof is what customers who act for themselves have shown just now, such as hub.Proven.
type Proof = companion.Proof

// Columns lists the sealed columns of this package, for the rotation of keys.
func Columns() []keyring.Column {
	second := func(key []any) (id ident.ID) {
		b, _ := key[1].([]byte)
		copy(id[:], b)
		return id
	}
	third := func(key []any) (id ident.ID) {
		b, _ := key[2].([]byte)
		copy(id[:], b)
		return id
	}
	primary := []string{"customer", "companion"}
	return []keyring.Column{
		{Label: learnedLabel, Table: "interaction_pattern", Key: primary, Column: "learned", ID: second},
		{Label: recentLabel, Table: "interaction_pattern", Key: primary, Column: "recent", ID: second},
		{Label: eventsLabel, Table: "interaction_batch", Key: []string{"customer", "companion", "id"}, Column: "events", ID: third},
		{Label: placeLabel, Table: "interaction_notice", Key: []string{"customer", "id"}, Column: "place", ID: second},
	}
}

// rules are the policies in force, in the form of the pure packages.
type rules struct {
	policy.Interaction

	options  pattern.Options
	schedule pattern.Schedule
	judge    judge.Policy
	version  int64
}

func (d *Desk) rules() rules {
	set := d.Policies.Active()
	x := set.Interaction
	j := judge.Usual()
	j.Window, j.HalfLife, j.Allow, j.Limit, j.Deny, j.ThinDays = x.Window, x.Fade, x.Allow, x.Limit, x.Deny, x.ThinDays
	if j.Thin = judge.Limited; x.Thin == policy.InteractionStepUp {
		j.Thin = judge.StepUp
	}
	j.Limits = judge.Limits{Amount: x.Restrictions.Amount, Daily: x.Restrictions.Daily, Categories: x.Restrictions.Categories, ContactlessOnly: x.Restrictions.Contactless}
	return rules{
		Interaction: x, options: pattern.Options{HalfLife: x.HalfLife, Level: x.Level},
		schedule: pattern.Schedule{After: x.LearnAfter, Quarantine: set.Companions.Quarantine}, judge: j, version: set.Version,
	}
}

// kept is what is stored of one primary.
type kept struct {
	customer, primary ident.ID
	learned, recent   []byte // sealed
	version           int64
	due               time.Time // zero when there is nothing to learn
}

// load reads what is stored of a primary; false when there is nothing yet.
func load(tx *db.Tx, customer, primary ident.ID) (k kept, found bool, err error) {
	k.customer, k.primary = customer, primary
	err = tx.Row("SELECT learned, recent, version, due_at FROM interaction_pattern WHERE customer = $1 AND companion = $2", customer, primary).Scan(&k.learned, &k.recent, &k.version, &k.due)
	if errors.Is(err, db.ErrNoRow) {
		return k, false, nil
	}
	return k, err == nil, err
}

// pattern opens what was learned, as the policies want it learned now.
func (d *Desk) pattern(k kept, o pattern.Options) (*pattern.State, error) {
	if k.learned == nil {
		return pattern.New(o), nil
	}
	b, err := d.Ring.Open(learnedLabel, k.primary, k.learned)
	if err != nil {
		return nil, err
	}
	s, err := pattern.Read(b)
	if err == nil && s.Options() != o {
		s.Adopt(o)
	}
	return s, err
}

// window opens what is recent.
func (d *Desk) window(k kept) (*judge.Window, error) {
	if k.recent == nil {
		return &judge.Window{}, nil
	}
	b, err := d.Ring.Open(recentLabel, k.primary, k.recent)
	if err != nil {
		return nil, err
	}
	return judge.ReadWindow(b)
}

// entitled refuses an act that makes something easier and whose warrant is missing: a proof of customers; a
// proof or an identification of the customer by staff and applications. It returns what the record calls
// the warrant.
func entitled(tx *db.Tx, by audit.Actor, customer ident.ID, proof Proof) (map[string]any, error) {
	note := map[string]any{}
	switch {
	case by.Kind == audit.SystemKind:
		return note, nil
	case by.Kind == audit.CustomerKind && by.ID != customer:
		return nil, fault.Deniedf("interaction.not_yours", "Customers see and change what is theirs only.")
	case by.Kind == audit.CustomerKind && proof == nil:
		return nil, fault.Deniedf("interaction.proof", "Show first that it is you: log in strongly once more.")
	case proof == nil:
		id, err := identification.Lately(tx, customer, by)
		note["identification"] = id
		return note, err
	}
	key, value := proof.Note()
	note[key] = value
	return note, proof.Check(tx, customer, by)
}

// write runs f in a transaction of its own.
func (d *Desk) write(ctx context.Context, f func(*db.Tx) error) error { return d.DB.Write(ctx, f) }
