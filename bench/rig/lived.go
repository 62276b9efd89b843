package rig

import (
	"context"
	"errors"
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// Two days that are told afterwards: the oldest that may be told, and the newest of them that is due to be learned.
const (
	livedFrom  = 71 * time.Hour
	livedUntil = 26 * time.Hour
	livedStep  = 15 * time.Minute
)

// Live has all phones report two days and what they meet now, and the server learn what is due.
func (r *Reporters) Live(ctx context.Context, a *app.App) error {
	now := r.rig.Now()
	for i := range r.phones {
		b := report.Batch{Zone: 60}
		for at := now.Add(-livedFrom); at.Before(now.Add(-livedUntil)); at = at.Add(livedStep) {
			b.Events = append(b.Events, report.Event{Time: at.UnixMilli(), Kind: report.Poll, Seen: []int{2, 3, 4, 5, 6}[:1+len(b.Events)%household]})
		}
		b.Events = append(b.Events, report.Event{Time: now.UnixMilli(), Kind: report.Poll, Seen: []int{2, 3}})
		body, err := report.Append(nil, b)
		if err != nil {
			return err
		}
		if err := r.send(ctx, &r.phones[i], envelope.Report, body); err != nil {
			return err
		}
	}
	// Their quarantine is over: until then a judgment passes over them.
	if err := a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE device SET starts_at = $1 WHERE kind = 'companion'", now.AddDate(0, 0, -1))
		return err
	}); err != nil {
		return err
	}
	for {
		if n, err := a.Interactions.Learn(ctx, 100); err != nil || n == 0 {
			return err
		}
	}
}

// Number is the path's name of the i-th customer.
func (*Reporters) Number(i int) string { return reporterNumber(i) }

// Age gives customers from the first to before the last the pattern of so many days, in which they were at home with all devices, and so many decisions.
func (r *Reporters) Age(ctx context.Context, a *app.App, first, last, days, decisions int) error {
	learned := lifeOf(pattern.HourOf(r.rig.Now(), 60), days).Append(nil)
	for i := first; i < last; i++ {
		p := &r.phones[i]
		err := a.DB.Write(ctx, func(tx *db.Tx) error {
			var primary ident.ID
			if err := tx.Row("SELECT companion FROM interaction_pattern WHERE customer = $1", p.customer).Scan(&primary); err != nil {
				return err
			}
			_, err := tx.Exec("UPDATE interaction_pattern SET learned = $3 WHERE customer = $1 AND companion = $2", p.customer, primary, a.Ring.Seal("interaction.learned", primary, learned))
			return err
		})
		for n := 0; err == nil && n < decisions; n++ {
			err = r.assess(ctx, a, p.customer)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lifeOf is a pattern of so many days until now.
func lifeOf(now pattern.Hour, days int) *pattern.State {
	s := pattern.New(pattern.Usual())
	var seen pattern.Set
	begin := now - pattern.Hour(days*pattern.DayHours) //nolint:gosec // some years
	for n := range pattern.Number(household) {
		seen.Add(n + 2)
		s.Admit(n+2, begin)
	}
	home := s2.CellIDFromToken("476d05").ChildBeginAtLevel(14)
	for h := begin; h < now; h++ {
		where := home.Advance(int64(h) % 20)
		s.Learn(&pattern.Slot{Hour: h, Polls: 4, Seen: seen, Visits: []pattern.Visit{{Cell: where, Polls: 4, Seen: seen}}})
	}
	return s
}

// assess has a payment of a customer judged, and the decision kept.
func (*Reporters) assess(ctx context.Context, a *app.App, who ident.ID) error {
	_, judged, err := a.Interactions.Judge(ctx, audit.System("bench"), interaction.Ask{
		Customer: who, Reference: "bench", Currency: "EUR", Access: judge.Access{Remote: true}, Request: judge.Request{Kind: judge.Transaction, Amount: 1000},
	})
	if err == nil && !judged {
		err = errors.New("nothing was judged: there is no pattern")
	}
	return err
}
