package app_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/sms"
)

// TestNewsOfChannels: a customer hears of a closed channel once by text on each verified
// phone, and the bank by its webhook where there is one (SCA-60).
func TestNewsOfChannels(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		ring := keyringtest.Open(t, d)
		customers := &customer.Register{DB: d, Ring: ring, Rand: rand.Reader}
		box := outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader})
		texts := &sms.Desk{DB: d, Ring: ring, Rand: rand.Reader, Now: clock.Now, Outbox: box, Gateways: []sms.Gateway{nobody{}}}
		c, err := customers.Create(t.Context(), audit.System("test"), customer.New{Number: "100", Locale: "de", Contacts: []customer.NewContact{
			{Kind: customer.Phone, Value: "+4915112345678", Verified: true}, {Kind: customer.Phone, Value: "+4915112345679"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		var told []risk.ChannelMessage
		handlers := map[string]outbox.Handler{risk.MessageChannel: outbox.HandlerFunc(func(_ context.Context, m outbox.Message) error {
			var got risk.ChannelMessage
			err := json.Unmarshal(m.Payload, &got)
			told = append(told, got)
			return err
		})}
		for _, hook := range []string{"", "https://bank.example/hook"} {
			var cfg config.Config
			cfg.Webhook.URL = hook
			desk := &risk.Desk{DB: d, Ring: ring, Rand: rand.Reader, Tell: app.TellOfChannel(cfg, customers, texts, box, slog.New(slog.DiscardHandler))}
			closing := risk.Closing{Customer: c.ID, Channel: "web" + hook, Until: clock.Now().Add(time.Hour).Truncate(time.Second), Reason: "a test"}
			for range 2 {
				if _, _, err := desk.Close(t.Context(), audit.Client(ident.Derive("bank"), "bank"), closing); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := box.Deliver(t.Context(), handlers); err != nil {
				t.Fatal(err)
			}
			if hook == "" && len(told) != 0 {
				t.Errorf("without a webhook the bank was told %+v", told)
			}
			if hook != "" && (len(told) != 1 || told[0].CustomerNumber != "100" || !told[0].Blocked || !told[0].Until.Equal(closing.Until) || told[0].Cause != risk.CauseBank) {
				t.Errorf("the bank was told %+v", told)
			}
			clock.Advance(time.Minute)
		}
		var n int
		err = d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM sms WHERE customer = $1", c.ID).Scan(&n) })
		if err != nil || n != 2 {
			t.Errorf("%d texts of two blocks, %v", n, err)
		}
	})
}
