package sms

import (
	"encoding/hex"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Budget bounds how many codes leave: by number, prefix, source address, hour and
// day, and by what share of them comes back. All it decides stands in the policies
// ([policy.SMS]).
//
// What is counted lies in windows of ten minutes (of an hour for the day), and a bound
// holds for the windows of the last hour (day), so it covers 60 to 70 minutes (24 to 25
// hours). Counters that many customers share have several rows, of which a
// customer always writes the same one: so groups of settlements wait for each other
// seldom. A claim reads the sum before it writes, so a bound can be passed by as many
// codes as are being claimed at the same moment, and by no more; codes to the
// phone of one customer are claimed one after another, so that theirs is exact.
type Budget struct {
	Ring *keyring.Ring

	stats budgetStats
}

// Verdict says why no code may be sent.
type Verdict string

// The verdicts. Allowed is the zero value.
const (
	Allowed    Verdict = ""
	BadCountry Verdict = "country"       // of no country that texts go to
	BadClass   Verdict = "number_class"  // premium, fixed, VoIP … or in nobody's numbering plan
	OverNumber Verdict = "number_budget" // too many to this number
	OverSource Verdict = "source_budget" // too many from this address
	OverPrefix Verdict = "prefix_budget" // too many to numbers that begin so
	OverHour   Verdict = "hour_budget"   // too many in an hour
	OverDay    Verdict = "day_budget"    // too many in a day
	CutOff     Verdict = "cut_off"       // codes to this prefix do not come back
)

// Verdicts lists all reasons why a code is not sent.
func Verdicts() []Verdict {
	return []Verdict{BadCountry, BadClass, OverNumber, OverSource, OverPrefix, OverHour, OverDay, CutOff}
}

// Spending is a code that is about to be sent.
type Spending struct {
	Customer ident.ID
	Number   string // E.164; "" for somebody who has none: then the same is done, and nothing is counted
	Source   string // address that asked for it; "" when it is not known: no bound by source then
}

// Widths of windows.
const (
	window    = 10 * time.Minute
	dayWindow = time.Hour
	// settled is the age at which a window of codes is judged: none of them is alive.
	settled = 10 * time.Minute
)

// Shards of counters that many customers share.
const (
	prefixShards = 8
	allShards    = 16
)

// claim is a spending with the names of its counters.
type claim struct {
	Spending
	phone          customer.PhoneNumber
	prefix         string
	number, source string // keyed hashes: the table tells nobody's number
	now            time.Time
}

func (b *Budget) claim(now time.Time, rule policy.SMS, s Spending) claim {
	c := claim{Spending: s, now: now}
	c.phone, _ = customer.ReadPhone(s.Number, "")
	c.prefix = prefixOf(s.Number, rule.PrefixDigits)
	c.number = hex.EncodeToString(b.Ring.MAC("sms.budget.number", []byte(s.Number), s.Customer[:]))
	if s.Number != "" {
		c.number = hex.EncodeToString(b.Ring.MAC("sms.budget.number", []byte(s.Number)))
	}
	c.source = hex.EncodeToString(b.Ring.MAC("sms.budget.source", []byte(s.Source)))
	return c
}

// prefixOf returns the plus sign and the first digits of a number.
func prefixOf(number string, digits int) string { return number[:min(len(number), digits+1)] }

// Allow judges whether a code may be sent, and counts nothing. An alarm or a cut-off
// that becomes due is stored and recorded. Whoever it is about, the same is asked.
func (b *Budget) Allow(tx *db.Tx, rule policy.SMS, s Spending) (Verdict, error) {
	c := b.claim(tx.Now, rule, s)
	u, err := c.used(tx)
	if err != nil {
		return "", err
	}
	if s.Number == "" {
		return Allowed, nil
	}
	if err := b.watch(tx, rule.Conversion, c, u); err != nil {
		return "", err
	}
	v := c.verdict(rule, u)
	b.stats.refuse(tx, v)
	return v, nil
}

// verdict compares what was used with the bounds.
func (c *claim) verdict(rule policy.SMS, u used) Verdict {
	switch {
	case !c.phone.Texts():
		return BadClass
	case !rule.Allows(c.phone.Country):
		return BadCountry
	case u.cut || u.cuts(rule.Conversion):
		return CutOff
	case u.sent["number"] >= rule.Number:
		return OverNumber
	case c.Source != "" && u.sent["source"] >= rule.Source:
		return OverSource
	case u.sent["prefix"] >= rule.Prefix:
		return OverPrefix
	case u.sent["hour"] >= rule.Hour:
		return OverHour
	case u.sent["day"] >= rule.Day:
		return OverDay
	}
	return Allowed
}

const spendSQL = `INSERT INTO sms_budget (scope, name, start, shard, sent, verified) VALUES ($1, $2, $3, $4, $5, 0)
	ON CONFLICT (scope, name, start, shard) DO UPDATE SET sent = sms_budget.sent + excluded.sent`

// Spend counts a code that is sent, or, with nothing for n 0, does the same work. It
// returns the prefix that [Budget.Right] wants to hear of.
func (b *Budget) Spend(tx *db.Tx, rule policy.SMS, s Spending, n int) (prefix string, err error) {
	c := b.claim(tx.Now, rule, s)
	if s.Number == "" {
		n = 0
	}
	at, day, last := tx.Now.Truncate(window), tx.Now.Truncate(dayWindow), int(s.Customer[len(s.Customer)-1])
	_, err = tx.Many(spendSQL, [][]any{
		{"number", c.number, at, 0, n},
		{"source", c.source, at, 0, n},
		{"prefix", c.prefix, at, last % prefixShards, n},
		{"hour", "", at, last % allShards, n},
		{"day", "", day, last % allShards, n},
	})
	if err == nil && n > 0 {
		tx.After(func() { b.stats.sent.Add(1) })
	}
	return c.prefix, err
}

// Right counts that a code came back right which was sent to the prefix at the moment
// made.
func (b *Budget) Right(tx *db.Tx, customerID ident.ID, prefix string, made time.Time) error {
	_, err := tx.Exec("UPDATE sms_budget SET verified = verified + 1 WHERE scope = 'prefix' AND name = $1 AND start = $2 AND shard = $3",
		prefix, made.Truncate(window), int(customerID[len(customerID)-1])%prefixShards)
	if err == nil {
		tx.After(func() { b.stats.right.Add(1) })
	}
	return err
}

// budgetKeep is how long windows are kept: as long as conversion looks back, and more.
const budgetKeep = 48 * time.Hour

// SweepBudget deletes at most n windows that no bound looks at any more; it returns how
// many it deleted.
func SweepBudget(tx *db.Tx, n int) (int64, error) {
	return tx.Exec(`DELETE FROM sms_budget WHERE (scope, name, start, shard) IN
		(SELECT scope, name, start, shard FROM sms_budget WHERE start < $1 ORDER BY start LIMIT $2)`, tx.Now.Add(-budgetKeep), n)
}

// budgetStats count since the node started.
type budgetStats struct {
	sent, right, alarms, cutOffs atomic.Int64
	withheld                     [8]atomic.Int64 // in the order of Verdicts
}

func (s *budgetStats) refuse(tx *db.Tx, v Verdict) {
	for i, each := range Verdicts() {
		if each == v {
			tx.After(func() { s.withheld[i].Add(1) })
		}
	}
}

// Stats are counts since the node started.
type Stats struct {
	Sent, Right, Alarms, CutOffs int64
	Withheld                     map[Verdict]int64
}

// Stats returns what this node has done.
func (b *Budget) Stats() Stats {
	s := Stats{Sent: b.stats.sent.Load(), Right: b.stats.right.Load(), Alarms: b.stats.alarms.Load(), CutOffs: b.stats.cutOffs.Load(), Withheld: map[Verdict]int64{}}
	for i, v := range Verdicts() {
		s.Withheld[v] = b.stats.withheld[i].Load()
	}
	return s
}

var budgetActor = audit.System("sms")

// Retry is when somebody who is told of a refused code may try again: the oldest window
// is forgotten then.
const Retry = window
