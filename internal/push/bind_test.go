package push_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/push"
)

// A token has one binding; the same again leaves no trace, another one takes its place.
func TestATokenHasOneBinding(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, second := w.subscription("https://push.example/1"), w.subscription("https://push.example/2")
		w.bind(maria, phone, first)
		w.clock.Advance(time.Hour)
		w.bind(maria, phone, first)
		if n := w.records(push.AuditBound); n != 1 {
			t.Errorf("%d records of one binding", n)
		}
		w.bind(maria, phone, second)
		if n := w.count("push_binding"); n != 1 || w.target(maria, phone).Endpoint != second.Endpoint || w.records(push.AuditBound) != 2 {
			t.Errorf("%d bindings to %s", n, w.target(maria, phone).Endpoint)
		}
		fresh := w.subscription(second.Endpoint) // other keys at the same endpoint
		w.bind(maria, phone, fresh)
		if w.records(push.AuditBound) != 3 {
			t.Error("new keys were not noticed")
		}
	})
}

// Of many that bind at once one is left, whole.
func TestBindingsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var wg sync.WaitGroup
		all := map[string]push.Subscription{}
		for i := range 8 {
			s := w.subscription(fmt.Sprintf("https://push.example/%d", i))
			all[s.Endpoint] = s
			wg.Go(func() { w.bind(maria, phone, s) })
		}
		wg.Wait()
		got := w.target(maria, phone)
		body, err := got.Receiver.Encrypt([]byte("x"), bytes.NewReader(make([]byte, 16)))
		if w.count("push_binding") != 1 || all[got.Endpoint].Endpoint == "" || err != nil || len(body) == 0 {
			t.Errorf("%v, %v", got.Endpoint, err)
		}
	})
}

func TestEndpointsThatMayNotBeBound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		good := w.subscription("https://push.example/x")
		for endpoint, ok := range map[string]bool{
			"https://push.example/x": true, "https://PUSH.example:443/x": true, "https://a.notify.example/x": true, "https://a.b.notify.example/x": true, "https://odd.example:8443/x": true,
			"": false, "push.example/x": false, "http://push.example/x": false, "https://push.example:8443/x": false, "https://odd.example/x": false,
			"https://notify.example/x": false, "https://.notify.example/x": false, "https://evilnotify.example/x": false, "https://push.example.evil/x": false,
			"https://evil.example/push.example": false, "https://push.example@evil.example/": false, "https://u:p@push.example/x": false, "https://push.example/x#y": false,
			"https://127.0.0.1/x": false, "https://[::1]/x": false, "https://169.254.169.254/latest": false, "https://10.0.0.1/": false, "http://localhost/x": false,
			"https:push.example": false, "https://push.example/" + strings.Repeat("x", 1024): false, "https://push.example%00/": false, "file:///etc/passwd": false,
		} {
			s := good
			s.Endpoint = endpoint
			err := w.desk.Bind(t.Context(), her, maria, phone, s)
			if (err == nil) != ok || !ok && !fault.Is(err, "push.endpoint") || err != nil && endpoint != "" && strings.Contains(err.Error(), endpoint) {
				t.Errorf("%.60s: %v", endpoint, err)
			}
		}
		for _, s := range []push.Subscription{{Endpoint: good.Endpoint}, {Endpoint: good.Endpoint, P256DH: good.P256DH}, {Endpoint: good.Endpoint, P256DH: good.Auth, Auth: good.Auth}} {
			if err := w.desk.Bind(t.Context(), her, maria, slate, s); !fault.Is(err, "push.keys") {
				t.Errorf("without keys: %v", err)
			}
		}
		if w.count("push_binding") != 1 {
			t.Error("something else was bound")
		}
	})
}

func TestServices(t *testing.T) {
	t.Parallel()
	for list, ok := range map[string]bool{
		"": true, "a.example": true, " A.example , *.b.example,": true, "a.example:8443": true, "a.example:443": true,
		"https://a.example": false, "a.example/x": false, "*.com": false, "*": false, "10.0.0.1": false, "[::1]": false, "a..": false, "a.example:": false, "a b": false, "u@a.example": false,
	} {
		if _, err := push.ParseServices(list, false); (err == nil) != ok || !ok && !fault.Is(err, "push.services") {
			t.Errorf("%q: %v", list, err)
		}
	}
}

// This machine is an endpoint only where the operator said so.
func TestEndpointsOfThisMachine(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s, err := push.ParseServices("", true)
		w.must(err)
		desk := push.New(push.Config{DB: w.d, Ring: w.ring, Now: w.clock.Now, Services: s})
		for endpoint, ok := range map[string]bool{
			"http://127.0.0.1:9999/x": true, "https://localhost:9999/x": true, "http://[::1]:1/x": true,
			"http://push.example/x": false, "http://10.0.0.1/x": false, "http://127.0.0.1.evil.example/": false, "ftp://127.0.0.1/": false,
		} {
			if err := desk.Bind(t.Context(), her, maria, phone, w.subscription(endpoint)); (err == nil) != ok {
				t.Errorf("%s: %v", endpoint, err)
			}
		}
	})
}

// Where pushes are off there is no key to subscribe under, and nothing is bound.
func TestPushesAreOff(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		desk := push.New(push.Config{DB: w.d, Ring: w.ring, Now: w.clock.Now})
		if key, err := desk.PublicKey(t.Context()); key != "" || err != nil || w.count("push_key") != 0 {
			t.Errorf("%q, %v", key, err)
		}
		if err := desk.Bind(t.Context(), her, maria, phone, w.subscription("https://push.example/x")); !fault.Is(err, "push.off") {
			t.Error(err)
		}
	})
}

// A family's tablet has one subscription for the tokens of two: neither overwrites the other,
// and what is gone is gone for both (PA-08).
func TestTwoTokensShareASubscription(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.subscription("https://push.example/tablet")
		w.bind(maria, phone, s)
		w.bind(peter, slate, s)
		one, two := w.target(maria, phone), w.target(peter, slate)
		if one.Endpoint != s.Endpoint || two.Endpoint != s.Endpoint {
			t.Fatalf("%s, %s", one.Endpoint, two.Endpoint)
		}
		w.write(func(tx *db.Tx) error { return push.Gone(tx, one) })
		if w.state(maria, phone) != push.Over || w.state(peter, slate) != push.Over || w.records(push.AuditGone) != 2 {
			t.Errorf("%s, %s", w.state(maria, phone), w.state(peter, slate))
		}
	})
}

func TestUnbind(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.bind(maria, phone, w.subscription("https://push.example/1"))
		w.bind(maria, slate, w.subscription("https://push.example/2"))
		for range 2 {
			w.must(w.desk.Unbind(t.Context(), her, maria, phone))
		}
		if w.state(maria, phone) != push.Unbound || w.state(maria, slate) != push.Fresh || w.records(push.AuditUnbound) != 1 {
			t.Errorf("%q, %q", w.state(maria, phone), w.state(maria, slate))
		}
		w.must(w.desk.Unbind(t.Context(), her, peter, slate)) // somebody else's
		if w.state(maria, slate) != push.Fresh {
			t.Error("another customer's binding was ended")
		}
	})
}

// The token that takes another's place has its binding, and says that it is borrowed, until
// its own phone has bound.
func TestMoved(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old := w.subscription("https://push.example/old")
		w.bind(maria, phone, old)
		move := func(tx *db.Tx) error { return w.desk.Moved(tx, maria, phone, slate) }
		w.write(move)
		w.write(move) // there is none any more
		if got := w.target(maria, slate); got.Endpoint != old.Endpoint || w.count("push_binding") != 1 || w.state(maria, slate) != push.Taking {
			t.Errorf("%s, %s", got.Endpoint, w.state(maria, slate))
		}
		w.write(func(tx *db.Tx) error { return push.Taken(tx, w.target(maria, slate)) })
		if w.state(maria, slate) != push.Taking {
			t.Error("a push to the former phone says nothing of the new one")
		}
		w.bind(maria, slate, old) // the same phone
		if w.state(maria, slate) != push.Fresh {
			t.Errorf("after binding: %s", w.state(maria, slate))
		}
	})
}

func TestABindingOfItsOwnIsBetterThanOneThatMoved(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.bind(maria, phone, w.subscription("https://push.example/old"))
		w.bind(maria, slate, w.subscription("https://push.example/new"))
		w.write(func(tx *db.Tx) error { return w.desk.Moved(tx, maria, phone, slate) })
		if got := w.target(maria, slate); got.Endpoint != "https://push.example/new" || w.state(maria, slate) != push.Fresh || w.count("push_binding") != 1 {
			t.Errorf("%s, %s", got.Endpoint, w.state(maria, slate))
		}
	})
}

func TestEraseAndRestored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.bind(maria, phone, w.subscription("https://push.example/1"))
		w.bind(peter, slate, w.subscription("https://push.example/2"))
		w.write(func(tx *db.Tx) error { return push.Erase(tx, maria) })
		if w.state(maria, phone) != push.Unbound || w.state(peter, slate) != push.Fresh {
			t.Error("not exactly hers were erased")
		}
		w.write(func(tx *db.Tx) error { return push.Restored(tx, audit.Recovery{}) })
		if w.count("push_binding") != 0 {
			t.Error("bindings of the backup are in use")
		}
	})
}

// Neither the table nor the log nor what is printed by mistake shows endpoint or secret, and
// both move with the data key.
func TestSecretsAreSealed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.subscription("https://push.example/very-secret")
		w.bind(maria, phone, s)
		all := fmt.Sprintf("%v %+v %s", s, w.target(maria, phone), w.target(maria, phone))
		w.must(w.d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Each("SELECT endpoint, subscription, service, reason, (SELECT details FROM journal WHERE kind = 'push.bound') FROM push_binding", nil, func(r db.Row) error {
				var endpoint, sealed, details []byte
				var service, reason string
				err := r.Scan(&endpoint, &sealed, &service, &reason, &details)
				all += string(endpoint) + string(sealed) + service + reason + string(details)
				return err
			})
		}))
		for _, secret := range []string{"very-secret", s.Auth, s.P256DH} {
			if strings.Contains(all, secret) {
				t.Errorf("%s stands in %q", secret, all)
			}
		}
		before := w.target(maria, phone).Endpoint
		w.must(w.ring.Rotate(t.Context(), "system:test"))
		w.must(w.ring.Reseal(t.Context(), push.Columns(), "system:test", nil))
		if got := w.target(maria, phone).Endpoint; got != before {
			t.Errorf("after the data key: %s", got)
		}
		key, err := w.node().PublicKey(t.Context())
		if err != nil || key == "" {
			t.Errorf("the key does not open: %v", err)
		}
	})
}
