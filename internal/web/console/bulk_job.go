package console

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
)

// running is the state of a job that changes tokens; the others are those of an
// import.
const running jobState = "running"

// bulkJob is one act on many tokens, on its way from a list to a report.
type bulkJob struct {
	id    ident.ID
	owner ident.ID // the member
	bulk  token.Bulk
	began time.Time
	timer *time.Timer

	mu       sync.Mutex
	state    jobState
	rows     int64
	sum      token.BulkSummary
	sample   map[token.BulkResult][]token.BulkRow
	report   *os.File           // rows as JSON lines; has no name any more
	stop     context.CancelFunc // ends a check under way; may be nil
	past     ident.ID           // its name in the history, once it runs
	proposal ident.ID           // that allowed it; zero: none was needed
	fault    *fault.Error
	gone     bool
}

// bulkShot is a bulk job at one moment.
type bulkShot struct {
	ID, Past, Proposal ident.ID
	State              jobState
	Total, Rows        int64
	Sum                token.BulkSummary
	Groups             []bulkGroup
	Fault              *fault.Error
}

// bulkGroup is some rows of one result.
type bulkGroup struct {
	Result string
	N      int64 // of all
	Rows   []token.BulkRow
}

func newBulks() *jobs[*bulkJob] {
	return &jobs[*bulkJob]{
		all:  map[ident.ID]*bulkJob{},
		busy: fault.Conflictf("console.bulk_busy", "An act of yours on many tokens is under way. Wait until it has ended."),
		gone: fault.NotFoundf("console.bulk_gone", "This list is not here any more: it was discarded, or lay too long, or the server was restarted. Look at the history for what became of it."),
	}
}

func (j *bulkJob) name() (owner, id ident.ID) { return j.owner, j.id }

func (j *bulkJob) expire(t *time.Timer) { j.timer = t }

func (j *bulkJob) engaged() bool {
	s := j.shot()
	return s.Busy() || s.State == uploading
}

func (j *bulkJob) shot() bulkShot {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := bulkShot{ID: j.id, Past: j.past, Proposal: j.proposal, State: j.state, Total: int64(len(j.bulk.Tokens)), Rows: j.rows, Sum: j.sum, Fault: j.fault}
	for _, g := range []bulkGroup{
		{string(token.BulkRefused), j.sum.Refused, j.sample[token.BulkRefused]},
		{string(token.BulkUnchanged), j.sum.Unchanged, j.sample[token.BulkUnchanged]},
		{string(token.BulkDone), j.sum.Done, j.sample[token.BulkDone]},
	} {
		if len(g.Rows) > 0 {
			s.Groups = append(s.Groups, g)
		}
	}
	return s
}

// Busy reports whether the job works by itself.
func (s bulkShot) Busy() bool { return s.State.works() }

// Percent is how much of the list was looked at.
func (s bulkShot) Percent() int {
	const all = 100
	return int(min(s.Rows*all/max(s.Total, 1), all))
}

// begin goes from one state to another with an empty report; false when the job
// was not there.
func (j *bulkJob) begin(from, to jobState, report *os.File) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state != from || j.gone {
		return false
	}
	closeFile(j.report)
	j.state, j.report, j.rows, j.sum, j.fault = to, report, 0, token.BulkSummary{}, nil
	j.sample = map[token.BulkResult][]token.BulkRow{}
	return true
}

// add takes a row of the report: all go to the file, some are kept to be shown.
func (j *bulkJob) add(r token.BulkRow) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rows++
	if len(j.sample[r.Result]) < samples {
		j.sample[r.Result] = append(j.sample[r.Result], r)
	}
	_, err = j.report.Write(append(line, '\n'))
	return err
}

// named notes its name in the history.
func (j *bulkJob) named(id ident.ID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.past = id
}

// end notes the result.
func (j *bulkJob) end(sum token.BulkSummary, err error, right jobState) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sum, j.state = sum, right
	if err != nil {
		j.state, j.fault = failed, fault.From(err)
	}
	if j.gone {
		j.drop()
	}
}

// complete returns the report when all rows are in it, and nil before.
func (j *bulkJob) complete() *os.File {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state.works() {
		return nil
	}
	return j.report
}

// discard throws the job away: at once, or when what runs has ended. A check is
// ended; an act on tokens goes on.
func (j *bulkJob) discard() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.gone = true
	if j.stop != nil && j.state == checking {
		j.stop()
	}
	if !j.state.works() {
		j.drop()
	}
}

func (j *bulkJob) drop() {
	closeFile(j.report)
	j.report = nil
	if j.timer != nil {
		j.timer.Stop()
	}
}
