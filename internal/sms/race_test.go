package sms_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/sms"
)

// TestReceiptsRaceWithTheOutcome has receipts that are stored at the same moment as what
// they are about, in the same groups and in others, before, between and behind.
func TestReceiptsRaceWithTheOutcome(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		const messages = 150
		var n atomic.Int64
		var receipts sync.WaitGroup
		w.Gateways = []sms.Gateway{&gateway{name: "one", answer: func(sms.Outgoing) ([]string, error) {
			m := n.Add(1)
			references := make([]string, 1+m%3)
			for i := range references {
				references[i] = strconv.FormatInt(m, 10) + "." + strconv.Itoa(i)
				receipts.Go(func() {
					if err := w.Receive(t.Context(), sms.Receipt{Gateway: "one", Reference: references[i], State: sms.Delivered}); err != nil {
						t.Error(err)
					}
				})
			}
			return references, nil
		}}}
		var ids []ident.ID
		for range messages {
			ids = append(ids, w.send(w.text()))
		}
		w.deliver(messages)
		receipts.Wait()
		for _, id := range ids {
			w.is(id, sms.Delivered)
		}
	})
}
