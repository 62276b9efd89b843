package console

import (
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// forgotten is after how long a job that nobody finished is thrown away.
const forgotten = 30 * time.Minute

// jobs holds the imports under way: one for each member.
type jobs struct {
	mu  sync.Mutex
	all map[ident.ID]*job // by owner
}

func newJobs() *jobs { return &jobs{all: map[ident.ID]*job{}} }

// open makes place for a new job of a member. What they had checked or finished
// before is thrown away; what still works is not.
func (js *jobs) open(j *job) error {
	js.mu.Lock()
	defer js.mu.Unlock()
	if old := js.all[j.owner]; old != nil {
		if s := old.snapshot(); s.Busy() || s.State == uploading {
			return fault.Conflictf("console.import_busy", "An import of yours is under way. Wait until it has ended, or discard it.")
		}
		old.discard()
	}
	j.timer = time.AfterFunc(forgotten, func() { js.remove(j) })
	js.all[j.owner] = j
	return nil
}

// of returns the member's job; nil when there is none.
func (js *jobs) of(owner ident.ID) *job {
	js.mu.Lock()
	defer js.mu.Unlock()
	return js.all[owner]
}

// get returns a job of the member by id.
func (js *jobs) get(owner, id ident.ID) (*job, error) {
	if j := js.of(owner); j != nil && j.id == id {
		return j, nil
	}
	return nil, fault.NotFoundf("console.import_gone", "This import is not here any more: it was discarded, or lay too long, or the server was restarted. Look at the list of imports for what became of it.")
}

// remove throws a job away.
func (js *jobs) remove(j *job) {
	js.mu.Lock()
	if js.all[j.owner] == j {
		delete(js.all, j.owner)
	}
	js.mu.Unlock()
	j.discard()
}
