package console

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

// jobState is how far an import has come; see the package comment.
type jobState string

const (
	uploading jobState = "uploading"
	checking  jobState = "checking"
	checked   jobState = "checked"
	broken    jobState = "broken"
	importing jobState = "importing"
	finished  jobState = "done"
	failed    jobState = "failed"
	proposing jobState = "proposing"
	proposed  jobState = "proposed"
)

// samples is how many rows of each result are shown.
const samples = 8

// job is an import of one member on its way from upload to result.
type job struct {
	id    ident.ID
	owner ident.ID // the member
	label string   // its name
	size  int64
	began time.Time
	file  *os.File // has no name any more
	opts  pskc.Options
	stop  context.CancelFunc // ends a check under way; may be nil
	timer *time.Timer        // throws away what was forgotten

	approved ident.ID // proposal that the file is presented for; zero: none

	mu     sync.Mutex
	state  jobState
	whole  bool
	rows   int64
	offset int64
	sum    token.Summary
	sample map[token.Result][]token.Row
	remark []token.Row // imported, with something to say
	report *os.File    // rows as JSON lines; has no name any more
	fault  *fault.Error
	made   ident.ID // proposal that was made of it
	gone   bool
}

// snapshot is a job at one moment.
type snapshot struct {
	ID           ident.ID
	Name         string
	Size, Offset int64
	Rows         int64
	State        jobState
	Whole        bool
	Sum          token.Summary
	Groups       []rowGroup
	Fault        *fault.Error
	Approved     ident.ID
	Made         ident.ID
}

// rowGroup is some rows of one result.
type rowGroup struct {
	Result string // "refused", "duplicate", "remark", "imported"
	N      int64  // of all; -1 when not counted
	Rows   []token.Row
}

func (j *job) name() (owner, id ident.ID) { return j.owner, j.id }

func (j *job) expire(t *time.Timer) { j.timer = t }

func (j *job) engaged() bool {
	s := j.snapshot()
	return s.Busy() || s.State == uploading
}

func (j *job) snapshot() snapshot {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := snapshot{ID: j.id, Name: j.label, Size: j.size, Offset: j.offset, Rows: j.rows, State: j.state, Whole: j.whole, Sum: j.sum, Fault: j.fault, Approved: j.approved, Made: j.made}
	for _, g := range []rowGroup{
		{"refused", j.sum.Refused, j.sample[token.Refused]},
		{"duplicate", j.sum.Duplicate, j.sample[token.Duplicate]},
		{"remark", -1, j.remark},
		{"imported", j.sum.Imported, j.sample[token.Imported]},
	} {
		if len(g.Rows) > 0 {
			s.Groups = append(s.Groups, g)
		}
	}
	return s
}

// Busy reports whether the job works by itself.
func (s snapshot) Busy() bool { return s.State.works() }

// works reports whether something runs behind the requests.
func (s jobState) works() bool {
	return s == checking || s == importing || s == proposing || s == running
}

// Percent is how much of the file was read.
func (s snapshot) Percent() int {
	const all = 100
	if s.Size == 0 {
		return all
	}
	return int(min(s.Offset*all/s.Size, all))
}

// move goes from one state to another, and reports whether it was there.
func (j *job) move(from, to jobState) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state != from || j.gone {
		return false
	}
	j.state = to
	return true
}

// begin forgets what an earlier reading of the file said.
func (j *job) begin(report *os.File) {
	j.mu.Lock()
	defer j.mu.Unlock()
	closeFile(j.report)
	j.report, j.rows, j.offset, j.sum, j.fault = report, 0, 0, token.Summary{}, nil
	j.sample, j.remark = map[token.Result][]token.Row{}, nil
}

// input is what the domain reads the file with. Every opening begins at the
// start, by a position of its own.
func (j *job) input() token.Import {
	return token.Import{
		Name: j.label, Options: j.opts, AllOrNothing: j.whole, Sink: j.add, Progress: j.progress,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(j.file, 0, j.size)), nil },
	}
}

func (j *job) progress(rows, offset int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rows, j.offset = rows, offset
}

// add takes a row of the report: all go to the file, some are kept to be shown.
func (j *job) add(r token.Row) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.sample[r.Result]) < samples {
		j.sample[r.Result] = append(j.sample[r.Result], r)
	}
	if r.Result == token.Imported && r.Reason != "" && len(j.remark) < samples {
		j.remark = append(j.remark, r)
	}
	_, err = j.report.Write(append(line, '\n'))
	return err
}
