package mssserver_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/mss"
)

// TestAReceiptWaitsForThePerson: with UserAck the answer comes once the person has read it, or when the time is
// over, and says which; without, at once.
func TestAReceiptWaitsForThePerson(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		w.people.unread = true
		for name, c := range map[string]struct {
			ack    bool
			status mobileid.Status
			want   string
		}{
			"read":       {true, mobileid.Done, `"NetworkAck":"true","UserAck":"true"`},
			"not read":   {true, mobileid.TimedOut, `"NetworkAck":"true","UserAck":"false"`},
			"not wanted": {false, "", `"Value":"100"`},
		} {
			handle := w.begun().TransID
			<-w.people.begun
			w.people.end(handle, valid)
			var ended atomic.Bool
			if c.ack {
				go func() {
					receipt := <-w.people.begun
					ended.Store(true)
					w.people.end(receipt, func(x *mobileid.Transaction) { x.Status = c.status })
				}()
			}
			q := &mss.ReceiptRequest{Base: w.base(), TransID: handle, User: mss.User{MSISDN: "+436641234567"}, Message: data("Thank you", "text/plain", "UTF-8"), UserAck: c.ack}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/rest/service", bytes.NewReader((&mss.Envelope{Operation: mss.Receipt, Dialect: mss.Dialect{JSON: true}, Message: q}).WriteRequest()))
			r.Header.Set("Content-Type", mss.MediaJSON)
			answer := w.send(r).Body.String()
			if !strings.Contains(answer, c.want) || ended.Load() != c.ack {
				t.Errorf("%s: ended %v: %s", name, ended.Load(), answer)
			}
			if !c.ack {
				<-w.people.begun
			}
		}
	})
}
