package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/staff"
)

// connection is an answer whose deadlines can be lifted, and whose reader may be slow.
type connection struct {
	*httptest.ResponseRecorder

	reads, writes bool // lifted
	first         chan struct{}
	goOn          chan struct{} // nil for a quick reader
}

func (c *connection) SetReadDeadline(at time.Time) error  { c.reads = at.IsZero(); return nil }
func (c *connection) SetWriteDeadline(at time.Time) error { c.writes = at.IsZero(); return nil }

func (c *connection) Write(p []byte) (int, error) {
	if c.goOn != nil {
		close(c.first)
		<-c.goOn
		c.goOn = nil
	}
	return c.ResponseRecorder.Write(p)
}

func (p *person) over(c *connection, r *http.Request) *connection {
	p.w.Helper()
	p.w.http.ServeHTTP(c, p.dressed(c, r))
	return c
}

func (p *person) dressed(c *connection, r *http.Request) *http.Request {
	c.ResponseRecorder = httptest.NewRecorder()
	for _, x := range p.cook {
		r.AddCookie(x)
	}
	return r
}

// TestTransfersAreAdmitted: uploads and reports of those who may have them are
// freed from the deadlines of other requests, and nothing else is.
func TestTransfersAreAdmitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	officer, help, nobody := w.join("sofia", staff.SecurityOfficer).login(), w.join("hans", staff.HelpDesk).login(), w.visitor()
	upload := func(p *person) *connection {
		kind, body := multi(t, url.Values{"hash": {"sha1"}}, box, csv("A1"))
		r := httptest.NewRequest(http.MethodPost, "/import", body)
		r.Header.Set("Content-Type", kind)
		return p.over(&connection{}, r)
	}
	get := func(p *person, path string) *connection {
		return p.over(&connection{}, httptest.NewRequest(http.MethodGet, path, nil))
	}
	up := upload(officer)
	if job := up.Header().Get("Location"); up.Code != http.StatusSeeOther || !up.reads || !up.writes {
		t.Fatalf("an upload: %d, leads to %q, lifted %t and %t", up.Code, job, up.reads, up.writes)
	}
	w.work.Wait()
	job := up.Header().Get("Location")
	if c := get(officer, job+"/report"); c.Code != http.StatusOK || !c.writes {
		t.Errorf("a report: %d, lifted %t", c.Code, c.writes)
	}
	for name, c := range map[string]*connection{
		"an upload without permission": upload(help), "an upload without a session": upload(nobody),
		"a colleague's report": get(w.join("otto", staff.SecurityOfficer).login(), job+"/report"), "a report without a session": get(nobody, job+"/report"),
		"a page": get(officer, job),
	} {
		if c.reads || c.writes {
			t.Errorf("%s: %d, and yet it may take as long as it likes", name, c.Code)
		}
	}
}

// TestSlowReaderHoldsNoJob: who reads a report slowly keeps nobody from anything.
func TestSlowReaderHoldsNoJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("sofia", staff.SecurityOfficer).login()
	job := p.checked(csv("A1"), "hash", "sha1")
	c := &connection{first: make(chan struct{}), goOn: make(chan struct{})}
	slow, done := c.goOn, make(chan struct{})
	r := p.dressed(c, httptest.NewRequest(http.MethodGet, job+"/report", nil))
	go func() {
		defer close(done)
		w.http.ServeHTTP(c, r)
	}()
	<-c.first
	if a := p.get(job); a.code != http.StatusOK {
		t.Errorf("the job's page: %d", a.code)
	}
	if a := p.post(job+"/run", url.Values{"mode": {"rows"}}); a.to != job {
		t.Errorf("run: %d", a.code)
	}
	w.work.Wait()
	if w.inStock() != 1 {
		t.Errorf("%d are in stock", w.inStock())
	}
	close(slow)
	<-done
}
