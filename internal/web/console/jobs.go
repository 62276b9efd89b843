package console

import (
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// forgotten is after how long a job that nobody finished is thrown away.
const forgotten = 30 * time.Minute

// pending is a job of a member, on its way from a form to a result.
type pending interface {
	comparable
	name() (owner, id ident.ID)
	engaged() bool        // it works, or takes its file in
	discard()             // forgets everything, at once or when what runs has ended
	expire(t *time.Timer) // keeps the timer that throws it away
}

// jobs holds the jobs of one kind that are under way: one for each member.
type jobs[J pending] struct {
	busy, gone *fault.Error // what is answered when one is under way, or not there

	mu  sync.Mutex
	all map[ident.ID]J // by owner
}

func newImports() *jobs[*job] {
	return &jobs[*job]{
		all:  map[ident.ID]*job{},
		busy: fault.Conflictf("console.import_busy", "An import of yours is under way. Wait until it has ended, or discard it."),
		gone: fault.NotFoundf("console.import_gone", "This import is not here any more: it was discarded, or lay too long, or the server was restarted. Look at the list of imports for what became of it."),
	}
}

// open makes place for a new job of a member. What they had checked or finished
// before is thrown away; what still works is not.
func (js *jobs[J]) open(j J) error {
	js.mu.Lock()
	defer js.mu.Unlock()
	owner, _ := j.name()
	if old, there := js.all[owner]; there {
		if old.engaged() {
			return js.busy
		}
		old.discard()
	}
	j.expire(time.AfterFunc(forgotten, func() { js.remove(j) }))
	js.all[owner] = j
	return nil
}

// of returns the member's job; nil when there is none.
func (js *jobs[J]) of(owner ident.ID) J {
	js.mu.Lock()
	defer js.mu.Unlock()
	return js.all[owner]
}

// get returns a job of the member by id.
func (js *jobs[J]) get(owner, id ident.ID) (J, error) {
	js.mu.Lock()
	defer js.mu.Unlock()
	if j, there := js.all[owner]; there {
		if _, mine := j.name(); mine == id {
			return j, nil
		}
	}
	var none J
	return none, js.gone
}

// remove throws a job away.
func (js *jobs[J]) remove(j J) {
	owner, _ := j.name()
	js.mu.Lock()
	if js.all[owner] == j {
		delete(js.all, owner)
	}
	js.mu.Unlock()
	j.discard()
}
