package rig

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
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
	for {
		if n, err := a.Interactions.Learn(ctx, 100); err != nil || n == 0 {
			return err
		}
	}
}

// Assess has a payment of the i-th customer judged, as the API does.
func (r *Reporters) Assess(ctx context.Context, a *app.App, i int) error {
	p := &r.phones[i%len(r.phones)]
	_, judged, err := a.Interactions.Judge(ctx, audit.System("bench"), interaction.Ask{
		Customer: p.customer, Reference: "bench", Currency: "EUR", Access: judge.Access{Remote: true}, Request: judge.Request{Kind: judge.Transaction, Amount: 1000},
	})
	if err == nil && !judged {
		err = errors.New("nothing was judged: there is no pattern")
	}
	return err
}
