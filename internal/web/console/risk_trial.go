package console

import (
	"context"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// trial is a backtest of a member: rules are tried on stored events behind the
// requests.
type trial struct {
	id       ident.ID
	owner    ident.ID
	rules    string            // what they are called
	texts    map[string]string // of the rules, by code
	from, to time.Time
	total    int64
	stop     context.CancelFunc
	timer    *time.Timer

	mu     sync.Mutex
	done   int64
	result *risk.Backtest // nil while it runs
	fault  *fault.Error
}

// trialShot is a trial at one moment.
type trialShot struct {
	Name        string
	From, To    time.Time
	Total, Done int64
	Result      *risk.Backtest
	Fault       *fault.Error
}

func newTrials() *jobs[*trial] {
	return &jobs[*trial]{
		all:  map[ident.ID]*trial{},
		busy: fault.Conflictf("console.trial_busy", "A test of yours is under way. Wait until it has ended, or cancel it."),
		gone: fault.NotFoundf("console.trial_gone", "This test is not here any more: it lay too long, or the server was restarted."),
	}
}

func (j *trial) shot() trialShot {
	j.mu.Lock()
	defer j.mu.Unlock()
	return trialShot{j.rules, j.from, j.to, j.total, j.done, j.result, j.fault}
}

// Busy reports whether it runs.
func (s trialShot) Busy() bool { return s.Result == nil && s.Fault == nil }

func (j *trial) engaged() bool { return j.shot().Busy() }

func (j *trial) expire(t *time.Timer) { j.timer = t }

func (j *trial) discard() {
	j.stop()
	if j.timer != nil {
		j.timer.Stop()
	}
}

func (j *trial) progress(n int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.done = n
}

// run tries the rules until all events are done or ctx ends.
func (j *trial) run(ctx context.Context, desk *risk.Review, rules score.Rules) {
	b, err := desk.Try(ctx, rules, j.from, j.to, j.progress)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err != nil {
		j.fault = fault.From(err)
		return
	}
	j.done, j.result = b.Events, &b
}

func (j *trial) name() (owner, id ident.ID) { return j.owner, j.id }
