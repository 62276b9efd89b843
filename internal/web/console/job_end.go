package console

import (
	"os"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

// complete returns the report when all rows are in it, and nil before. It is read
// without holding the job, because its reader may be slow: if the job is thrown
// away meanwhile, the file is closed and the reading ends.
func (j *job) complete() *os.File {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state.works() {
		return nil
	}
	return j.report
}

// end notes the result of reading the file.
func (j *job) end(sum token.Summary, err error, right, wrong jobState) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sum, j.state = sum, right
	if err != nil {
		j.state, j.fault = wrong, fault.From(err)
	}
	if j.state != checked {
		j.wipe()
	}
	if j.gone { // it was discarded meanwhile
		j.drop()
	}
}

// discard throws the job away: at once, or when what runs has ended.
func (j *job) discard() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.gone = true
	if j.stop != nil {
		j.stop()
	}
	if !j.state.works() {
		j.drop()
	}
}

// wipe forgets the transport keys and the file.
func (j *job) wipe() {
	for _, secret := range [][]byte{j.opts.Key, j.opts.Password, j.opts.MACKey} {
		clear(secret)
	}
	j.opts = pskc.Options{}
	closeFile(j.file)
	j.file = nil
}

// drop forgets everything.
func (j *job) drop() {
	j.wipe()
	closeFile(j.report)
	j.report = nil
	if j.timer != nil {
		j.timer.Stop()
	}
}

// closeFile gives the space of a file without a name back.
func closeFile(f *os.File) {
	if f != nil {
		f.Close() //nolint:errcheck // nothing of it is wanted any more
	}
}

// private makes a file that only this process can reach: it loses its name at
// once, so nothing is left behind whatever happens.
func private(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "countersign-import-*")
	if err != nil {
		return nil, fault.Unavailablef(err, "console.temporary", "There is no room for the file on the server. Ask whoever operates it.")
	}
	if err := os.Remove(f.Name()); err != nil {
		closeFile(f)
		return nil, fault.Unavailablef(err, "console.temporary", "The file cannot be kept in private on the server. Ask whoever operates it.")
	}
	return f, nil
}
