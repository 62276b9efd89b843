package risk

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// ClaimFor is how long somebody holds an event after they last claimed it.
const ClaimFor = 30 * time.Minute

// MaxPage is how many events a list has at most.
const MaxPage = 200

// Review is where analysts work: what was stepped up or blocked waits until somebody
// says what it was.
//
//	event      by Claim            Release     Decide
//	free       held by them        refused     refused
//	held       extended; refused   free        free again, with a label (or a proposal
//	           to everybody else               of one: package comment, "Review")
//	expired    held by whoever     refused     refused
//	           claims first
type Review struct {
	*Desk

	// Policies say whether two people decide.
	Policies *policy.Book
}

// What a filter may ask of the labels.
const (
	Open    = "open" // nobody has said what it was
	Decided = "decided"
)

// What a filter may ask of the claims besides an actor.
const (
	Nobody  = "-"
	Anybody = "*"
)

// Filter narrows a list of events. The zero one finds what waits: stepped up or
// blocked, and without a label.
type Filter struct {
	Customer ident.ID       // zero: of all
	Kind     string         // "": all
	Channel  string         // of the bank's application; "": all
	Evidence string         // code of a term or demand that the event has; "": all
	Decision score.Decision // "": stepped up and blocked
	Label    string         // Open or "", Decided, "fraud", "legitimate", "all"
	Least    int            // score, 0–1000
	Disowned bool           // only those of which customers say that it was not them, however they were decided
	From, To time.Time      // To is not included; zero for no bound
	Holder   string         // claimed by this actor now; [Nobody]: by nobody; [Anybody]: by somebody; "": no matter
	Highest  bool           // highest score first; else newest first
	After    Cursor         // behind this one; the zero one for the beginning
	Limit    int            // 1 to [MaxPage]
}

// Cursor is a place in a list.
type Cursor struct {
	Score    int
	At       time.Time
	Customer ident.ID
	ID       ident.ID
}

// Case is an event in the queue.
type Case struct {
	Event

	Claim Claim
}

// Cursor is the case's place in lists.
func (c *Case) Cursor() Cursor {
	return Cursor{c.Result.Score, c.Created, c.Customer, c.ID}
}

// wider scans more columns than an event has.
type wider struct {
	db.Row

	more []any
}

// Scan reads the event's columns and those behind them.
func (w wider) Scan(dest ...any) error { return w.Row.Scan(append(slices.Clone(dest), w.more...)...) }

// conditions collects the parts of a WHERE with their arguments.
type conditions struct {
	sql  string
	args []any
}

// add joins a part, whose argument is written "?".
func (c *conditions) add(sql string, args ...any) {
	var text strings.Builder
	for _, r := range sql {
		if r == '?' {
			c.args = append(c.args, args[0])
			args = args[1:]
			text.WriteString("$" + strconv.Itoa(len(c.args)))
			continue
		}
		text.WriteRune(r)
	}
	if c.sql != "" {
		c.sql += " AND "
	}
	c.sql += text.String()
}

// Queue lists events that wait, or those that a filter finds. Fault: "risk.limit",
// "risk.filter" (Invalid).
func (r *Review) Queue(ctx context.Context, f Filter) (all []Case, err error) {
	if f.Limit < 1 || f.Limit > MaxPage {
		return nil, invalid("limit", "A page has 1 to 200 events.")
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		c := &conditions{}
		c.add("1 = 1")
		if err := f.conditions(c, tx.Now); err != nil {
			return err
		}
		order := "created_at DESC, customer DESC, id DESC"
		if f.Highest {
			order = "score DESC, " + order
		}
		n := "$" + strconv.Itoa(len(c.args)+1)
		return tx.Each("SELECT "+eventColumns+", COALESCE(holder, ''), claimed_at, until FROM risk_event LEFT JOIN risk_claim ON of_customer = customer AND of_event = id WHERE "+
			c.sql+" ORDER BY "+order+" LIMIT "+n, append(c.args, f.Limit), func(row db.Row) error {
			x, err := scanCase(row, tx.Now)
			all = append(all, x)
			return err
		})
	})
	return all, err
}

func scanCase(row db.Row, now time.Time) (x Case, err error) {
	var c Claim
	if err := x.scan(wider{row, []any{&c.Holder, &c.At, &c.Until}}); err != nil {
		return x, err
	}
	if c.Until.After(now) {
		x.Claim = c
	}
	return x, nil
}

// conditions says in SQL what the filter wants.
func (f *Filter) conditions(c *conditions, now time.Time) error {
	switch f.Label {
	case "", Open:
		c.add("label = ''")
	case Decided:
		c.add("label <> ''")
	case string(Fraud), string(Legitimate):
		c.add("label = ?", f.Label)
	case "all":
	default:
		return fault.Invalidf("risk.filter", "Events are open, decided, fraud, legitimate or all.")
	}
	if f.Disowned {
		c.add("item = 'not_me'")
	}
	switch f.Decision {
	case "":
		if !f.Disowned {
			c.add("decision <> 'allow'")
		}
	case score.Allow, score.StepUp, score.Block:
		c.add("decision = ?", string(f.Decision))
	default:
		return fault.Invalidf("risk.filter", "A decision is allow, step-up or block.")
	}
	if !f.Customer.IsZero() {
		c.add("customer = ?", f.Customer)
	}
	if f.Kind != "" {
		c.add("kind = ?", f.Kind)
	}
	if f.Least > 0 {
		c.add("score >= ?", f.Least)
	}
	if !f.From.IsZero() {
		c.add("created_at >= ?", f.From)
	}
	if !f.To.IsZero() {
		c.add("created_at < ?", f.To)
	}
	if f.Channel != "" {
		c.add("channel = ?", f.Channel)
	}
	f.claimed(c, now)
	f.behind(c)
	return f.evidence(c)
}

// claimed asks who holds the events.
func (f *Filter) claimed(c *conditions, now time.Time) {
	switch f.Holder {
	case "":
	case Nobody:
		c.add("(holder IS NULL OR until <= ?)", now)
	case Anybody:
		c.add("until > ?", now)
	default:
		c.add("holder = ? AND until > ?", f.Holder, now)
	}
}

// evidence looks for a code where judgments keep those of terms and demands.
func (f *Filter) evidence(c *conditions) error {
	if f.Evidence == "" {
		return nil
	}
	for _, r := range f.Evidence {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789._-", r) {
			return fault.Invalidf("risk.filter", "A code has small letters, digits, dots and underscores.")
		}
	}
	c.add(`result LIKE ? ESCAPE '!'`, `%"code":"`+strings.ReplaceAll(f.Evidence, "_", "!_")+`"%`)
	return nil
}

// behind begins the list after a cursor.
func (f *Filter) behind(c *conditions) {
	a := f.After
	switch {
	case a.ID.IsZero():
	case f.Highest:
		c.add("(score, created_at, customer, id) < (?, ?, ?, ?)", a.Score, a.At, a.Customer, a.ID)
	default:
		c.add("(created_at, customer, id) < (?, ?, ?)", a.At, a.Customer, a.ID)
	}
}

// countUpTo bounds the count of what waits: nobody needs to know more exactly.
const countUpTo = 1000

// Waiting counts the events of the last 30 days that wait and that nobody else than the
// actor holds, up to 1000.
func (r *Review) Waiting(ctx context.Context, actor string) (n int64, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM (SELECT 1 AS one FROM risk_event LEFT JOIN risk_claim ON of_customer = customer AND of_event = id AND until > $1 AND holder <> $2
			WHERE label = '' AND decision <> 'allow' AND created_at >= $3 AND of_event IS NULL LIMIT $4) AS waiting`,
			tx.Now, actor, tx.Now.Add(-30*24*time.Hour), countUpTo).Scan(&n)
	})
	return n, err
}

// Case returns an event with its claim; the fault "risk.unknown" (NotFound).
func (r *Review) Case(ctx context.Context, customer, id ident.ID) (x Case, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		if x.Event, err = find(tx, customer, id); err != nil {
			return err
		}
		x.Claim, err = claimOf(tx, customer, id)
		return err
	})
	return x, err
}
