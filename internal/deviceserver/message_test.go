package deviceserver_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	device "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/deviceserver"
)

// TestDay (DI-32, DI-34, DI-43, DI-44, DI-48, DI-49): every suite and scheme enrolls, asks for its plan, names a watch, asks it, and reports, and a gateway
// in between sees nothing of what is said.
func TestDay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, suite := range envelope.Suites() {
			for _, scheme := range envelope.Schemes() {
				day(t, w, suite, scheme)
			}
		}
		seen := w.ever()
		for _, secret := range []string{"Phone-Model", "SERIAL-", "zone_offset", "events", "476d05", "taken", "watch", "application"} {
			for _, form := range []string{secret, strings.ToLower(secret), hex.EncodeToString([]byte(secret))} {
				if bytes.Contains(seen, []byte(form)) {
					t.Errorf("the gateway saw %q", form)
				}
			}
		}
		if len(seen) < 50_000 {
			t.Errorf("the gateway saw %d octets: did it record?", len(seen))
		}
	})
}

func day(t *testing.T, w *world, suite envelope.Suite, scheme envelope.Scheme) {
	t.Helper()
	ctx := t.Context()
	name := suite.String() + " " + scheme.String()
	c := w.customer(name)
	d := w.device(suite, scheme)
	a, err := d.Enroll(ctx, report.Enrollment{Code: w.code(c, companion.Phone), Model: "Phone-Model", Can: app, Identifiers: []report.Identifier{{Kind: "serial", Value: "SERIAL-" + name}}})
	if err != nil || a.Enrolled.Number != 1 || a.Enrolled.Counts <= a.Now {
		t.Fatalf("%s: %+v, %v", name, a.Enrolled, err)
	}
	k := w.device(envelope.X25519, envelope.Ed25519)
	keys, err := k.Keys()
	if err != nil {
		t.Fatal(err)
	}
	irk := "EC0234A357C8AD05341010A60A397D9B"
	named, err := d.Introduce(ctx, report.Thing{Kind: "watch", Keys: &keys}, report.Thing{Kind: "tv", Identifiers: []report.Identifier{{Kind: "mac", Value: "00:1a:7d:da:71:13"}}}, report.Thing{Kind: "headset", Identifiers: []report.Identifier{{Kind: "irk", Value: irk}}})
	if err != nil || len(named) != 3 || !named[0].Added || named[0].Class != "signed" || named[1].Class != "identifier" {
		t.Fatalf("%s: %+v, %v", name, named, err)
	}
	k.Named(named[0])
	plan, err := d.Poll(ctx)
	if err != nil || len(plan.Watch) != 3 || len(plan.Ask) != 1 || plan.Look != 900 {
		t.Fatalf("%s: %+v, %v", name, plan, err)
	}
	key, err := hex.DecodeString(irk)
	if err != nil {
		t.Fatal(err)
	}
	air := []report.Identifier{{Kind: "mac", Value: "00:1A:7D:DA:71:13"}, {Kind: "mac", Value: "00:1A:7D:DA:71:14"}, {Kind: "mac", Value: device.Rotate(key, [3]byte{1, 2, 3})}}
	if diff := cmp.Diff([]int{3, 4}, d.Recognize(air)); diff != "" {
		t.Errorf("%s: recognized: %s", name, diff)
	}
	again, err := d.Poll(ctx)
	if err != nil || !again.Same || len(again.Watch) != 3 {
		t.Errorf("%s: the same plan: %+v, %v", name, again, err)
	}
	e, err := k.Evidence(d.ID(), plan.Ask[0].Nonce, true)
	if err != nil {
		t.Fatal(err)
	}
	a, err = d.Answer(ctx, report.Proofs{Zone: 60, Answers: []report.Evidence{e}})
	if err != nil || a.Taken == nil || a.Taken.Events != 1 || a.Taken.Unproven != 0 {
		t.Errorf("%s: answer to a question: %+v, %v", name, a.Taken, err)
	}
	b := poll(2, 3, 77)
	b.Events = append(b.Events, report.Event{Kind: report.Place, Place: &report.Cell{Token: "476d05"}})
	a, err = d.Report(ctx, b)
	if err != nil || cmp.Diff(&report.Taken{Events: 2, Unknown: 1}, a.Taken) != "" {
		t.Errorf("%s: %+v, %v", name, a.Taken, err)
	}
	if r, err := d.Ready(ctx, 60); err != nil || r.Ready || r.Why != "unknown" {
		t.Errorf("%s: ready: %+v, %v", name, r, err)
	}
	item, err := w.desk.List(ctx, c)
	if err != nil || len(item) != 4 || item[1].Seen.IsZero() || !item[3].Seen.IsZero() {
		t.Errorf("%s: last seen: %v", name, err)
	}
}

// TestAgain: the same octets have one effect and one answer, also at once; other octets of the number are refused.
func TestAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.phone(w.customer("1"))
		first, err := d.Report(t.Context(), poll())
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				a, err := d.Again(t.Context())
				if diff := cmp.Diff(first, a); err != nil || diff != "" {
					t.Errorf("again: %v %s", err, diff)
				}
			})
		}
		wg.Wait()
		if n := w.count("interaction_batch"); n != 1 {
			t.Errorf("%d batches are kept of one message", n)
		}
		d.Memory.Seq-- // as an attacker, or a fault, would do it
		_, err = d.Report(t.Context(), poll(1))
		w.wants(err, "envelope.replay")
		if !strings.Contains(w.logged.String(), "two messages of one number") {
			t.Error("no alarm was raised")
		}
		if _, err := d.Report(t.Context(), poll()); err != nil {
			t.Error("the next number:", err)
		}
		if n := w.count("interaction_batch"); n != 2 {
			t.Errorf("%d batches are kept of two messages", n)
		}
	})
}

// TestEnrollAgain: an answer that got lost is given again; another device with the code is refused, and so are keys of another device.
func TestEnrollAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		code := w.code(c, companion.Phone)
		d := w.device(envelope.X25519, envelope.Ed25519)
		one, err := d.Enroll(t.Context(), report.Enrollment{Code: code, Can: app})
		if err != nil {
			t.Fatal(err)
		}
		two, err := d.Enroll(t.Context(), report.Enrollment{Code: code, Can: app})
		if diff := cmp.Diff(one.Enrolled, two.Enrolled); err != nil || diff != "" {
			t.Error(err, diff)
		}
		_, err = w.device(envelope.X25519, envelope.P256).Enroll(t.Context(), report.Enrollment{Code: code, Can: app})
		w.wants(err, "companion.invitation")
		_, err = w.device(envelope.X25519, envelope.P256).Enroll(t.Context(), report.Enrollment{Code: "AAAA", Can: app})
		w.wants(err, "companion.code")
		if _, err := d.Report(t.Context(), poll()); err != nil {
			t.Error("the enrolled device:", err)
		}
	})
}

// TestReinstalled: an application that is installed anew goes on with a higher epoch; a copy that stayed behind is found, and
// from then on neither is taken.
func TestReinstalled(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.phone(w.customer("1"))
		if _, err := d.Report(t.Context(), poll()); err != nil {
			t.Fatal(err)
		}
		copied, err := d.Clone()
		if err != nil {
			t.Fatal(err)
		}
		d.Reinstall()
		if _, err := d.Report(t.Context(), poll()); err != nil {
			t.Fatal("after the reinstallation:", err)
		}
		_, err = copied.Report(t.Context(), poll())
		w.wants(err, "envelope.refused")
		_, err = d.Report(t.Context(), poll())
		w.wants(err, "envelope.refused")
		if n := w.count("interaction_batch"); n != 2 {
			t.Errorf("%d batches are kept", n)
		}
	})
}

// TestStrangers: unknown, foreign, suspended and lost devices get one answer.
func TestStrangers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		d, other := w.phone(c), w.phone(w.customer("2"))
		unknown := w.device(envelope.Hybrid, envelope.Ed25519)
		unknown.Memory.Device = bytes.Repeat([]byte{9}, 16)
		_, err := unknown.Report(t.Context(), poll())
		w.wants(err, "envelope.refused")
		thief := w.device(envelope.Hybrid, envelope.Ed25519)
		thief.Memory.Device = d.Memory.Device
		_, err = thief.Report(t.Context(), poll())
		w.wants(err, "envelope.refused")
		another := w.device(envelope.Hybrid, envelope.P256)
		another.Memory.Device = d.Memory.Device
		_, err = another.Report(t.Context(), poll())
		w.wants(err, "envelope.refused")
		from, err := w.desk.Sender(t.Context(), [16]byte(d.Memory.Device))
		if err != nil {
			t.Fatal(err)
		}
		on := companion.On{Order: companion.Order{Customer: c}, Companion: from.ID}
		if err := w.desk.Suspend(t.Context(), audit.System("test"), on); err != nil {
			t.Fatal(err)
		}
		_, err = d.Report(t.Context(), poll())
		w.wants(err, "envelope.refused")
		if err := w.desk.Lose(t.Context(), audit.System("test"), on); err != nil {
			t.Fatal(err)
		}
		_, err = d.Report(t.Context(), poll())
		w.wants(err, "envelope.refused")
		if _, err := other.Report(t.Context(), poll()); err != nil {
			t.Error("another customer's device:", err)
		}
	})
}

// TestClock: a wrong clock is told the time; what is late is taken in 72 hours, when it is a report, and never is of now.
func TestClock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.phone(w.customer("1"))
		off := time.Duration(0)
		d.Now = func() time.Time { return w.clock.Now().Add(off) }
		for _, x := range []struct {
			off  time.Duration
			code string
		}{{envelope.LiveSkew, ""}, {envelope.LiveSkew + time.Second, "envelope.clock"}, {-envelope.LiveSkew, ""}, {-envelope.MaxLate, ""}, {-envelope.MaxLate - time.Second, "envelope.clock"}} {
			off = x.off
			a, err := d.Report(t.Context(), poll())
			switch {
			case x.code != "":
				w.wants(err, x.code)
			case err != nil:
				t.Errorf("%s: %v", x.off, err)
			case (x.off < -envelope.LiveSkew) != (a.Taken.Undated == 1):
				t.Errorf("%s: %+v", x.off, a.Taken)
			}
		}
		off = -time.Hour
		_, err := d.Poll(t.Context())
		w.wants(err, "envelope.clock")
	})
}

// TestBodies: what makes no sense is refused in a sealed answer, keeps nothing, and uses no number up.
func TestBodies(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.phone(w.customer("1"))
		for name, body := range map[string]string{
			"no JSON": "report", "unknown member": `{"zone_offset":0,"events":[{"kind":"poll"}],"mac":"00:11"}`, "future": `{"zone_offset":0,"events":[{"kind":"poll","t":4102444800000}]}`,
			"ancient": `{"zone_offset":0,"events":[{"kind":"poll","t":1}]}`, "off the globe": `{"zone_offset":0,"events":[{"kind":"place","place":{"cell":"f1"}}]}`,
			"too many": `{"zone_offset":0,"events":[` + strings.TrimSuffix(strings.Repeat(`{"kind":"poll"},`, 501), ",") + `]}`,
		} {
			if err := d.Seal(t.Context(), envelope.Report, []byte(body)); err != nil {
				t.Fatal(err)
			}
			_, err := d.Again(t.Context())
			if !device.Is(err, "report.body") {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := d.Introduce(t.Context(), report.Thing{Kind: "watch"})
		w.wants(err, "companion.identifier")
		k, err := d.Keys()
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Introduce(t.Context(), report.Thing{Kind: "phone", Keys: &k})
		w.wants(err, "companion.itself")
		d.Memory.Seq -= 8
		if _, err := d.Report(t.Context(), poll()); err != nil {
			t.Error("the numbers were used up:", err)
		}
		if n := w.count("interaction_batch"); n != 1 {
			t.Errorf("%d batches are kept", n)
		}
	})
}

// TestNoise: octets that are no message, of any length, and another method, address or type.
func TestNoise(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.phone(w.customer("1"))
		if err := d.Seal(t.Context(), envelope.Report, nil); err != nil {
			t.Fatal(err)
		}
		good := d.Last()
		post := func(kind string, b []byte) (int, string) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+deviceserver.Path+"messages", bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", kind)
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			if got := resp.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control: %s", got)
			}
			return resp.StatusCode, w.last()
		}
		flip := func(at int) []byte {
			b := slices.Clone(good)
			b[at] ^= 1
			return b
		}
		const octets = "application/octet-stream"
		for name, x := range map[string]struct {
			kind    string
			body    []byte
			status  int
			outcome string
		}{
			"nothing":      {octets, nil, 400, "unknown envelope.form"},
			"text":         {octets, []byte("hello"), 400, "unknown envelope.form"},
			"cut":          {octets, good[:len(good)-1], 400, "unknown envelope.form"},
			"JSON":         {"application/json", good, 415, "unknown request.content_type"},
			"too large":    {octets, make([]byte, envelope.MaxBytes+1), 413, "unknown envelope.size"},
			"other key":    {octets, flip(6), 422, "report envelope.key"},
			"other device": {octets, flip(14), 401, "report envelope.refused"},
			"other epoch":  {octets, flip(33), 401, "report envelope.refused"},
			"other enc":    {octets, flip(60), 401, "report envelope.refused"},
			"other text":   {octets, flip(1300), 401, "report envelope.refused"},
			"other sig":    {octets, flip(len(good) - 1), 401, "report envelope.refused"},
		} {
			if status, out := post(x.kind, x.body); status != x.status || out != x.outcome {
				t.Errorf("%s: %d %s, want %d %s", name, status, out, x.status, x.outcome)
			}
		}
		if n := w.count("interaction_batch"); n != 0 {
			t.Errorf("%d batches are kept", n)
		}
	})
}

// TestPressure: when there is no room, and when a device is too fast, it is told when to come back, and nothing is kept.
func TestPressure(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.phone(w.customer("1"))
		w.serve(func(c *deviceserver.Config) { c.Device = client.Rate{PerSecond: 1, Burst: 2} })
		d.URL = w.url
		for n := range 4 {
			_, err := d.Report(t.Context(), poll())
			if n < 2 && err != nil || n >= 2 && !device.Is(err, "envelope.rate") {
				t.Errorf("message %d: %v", n, err)
			}
		}
		if n := w.count("interaction_batch"); n != 2 {
			t.Errorf("%d batches are kept", n)
		}
		w.clock.Advance(time.Second)
		if _, err := d.Again(t.Context()); err != nil {
			t.Error("the same octets, a second later:", err)
		}
	})
}

// TestRoom: a server with all places taken says so at once; what it refused may be sent again.
func TestRoom(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.phone(w.customer("1"))
		slow := &slowKeys{Recipients: w.rec, entered: make(chan struct{}), leave: make(chan struct{})}
		w.serve(func(c *deviceserver.Config) { c.Room, c.Recipients = 1, slow })
		d.URL = w.url
		if err := d.Seal(t.Context(), envelope.Poll, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		busy, err := d.Clone()
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := d.Again(t.Context()); err != nil {
				t.Error("who is inside:", err)
			}
		})
		<-slow.entered
		if err := busy.Seal(t.Context(), envelope.Poll, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		_, err = busy.Again(t.Context())
		w.wants(err, "envelope.busy")
		var told *device.Refusal
		if !errors.As(err, &told) || told.Status != http.StatusServiceUnavailable || told.Wait < time.Second {
			t.Errorf("when to come again: %+v", told)
		}
		close(slow.leave)
		wg.Wait()
		if _, err = busy.Again(t.Context()); err != nil {
			t.Error("the same octets, when there is room:", err)
		}
	})
}

// TestRotation: devices change to new keys by themselves, told in answers; keys that are over are fetched anew.
func TestRotation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		span := companion.RecipientSpan.Microseconds()
		w.clock.Set(time.UnixMicro((w.clock.Now().UnixMicro()/span + 1) * span))
		d := w.phone(w.customer("1"))
		if err := d.FetchKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		first := d.Memory.Keys[0].Key
		w.clock.Advance(companion.RecipientSpan)
		if _, err := d.Report(t.Context(), poll()); err != nil {
			t.Fatal("to the key before the newest:", err)
		}
		if bytes.Equal(first, d.Memory.Keys[0].Key) {
			t.Error("the answer did not bring the new key")
		}
		w.clock.Advance(companion.RecipientSeal + envelope.MaxLate + time.Hour)
		if _, err := d.Report(t.Context(), poll()); err != nil {
			t.Error("after the keys ended:", err)
		}
		d.Memory.Keys = []report.Key{{Key: first, Until: w.clock.Now().Add(time.Hour).UnixMilli()}}
		if _, err := d.Report(t.Context(), poll()); err != nil {
			t.Error("a device that was told a wrong end fetches the keys:", err)
		}
	})
}

// TestSecondary (DI-47): a watch reports for itself; one without a key for answers gets none.
func TestSecondary(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		phone := w.phone(c)
		watch := w.watch(phone)
		a, err := watch.Report(t.Context(), report.Batch{Live: true, Events: []report.Event{{Kind: report.Seen, Device: watch.Memory.Number}}})
		if err != nil || a.Taken == nil || a.Taken.Events != 1 {
			t.Fatalf("%+v, %v", a.Taken, err)
		}
		var primary []byte
		if err := w.primary(&primary); err != nil {
			t.Fatal(err)
		}
		from, err := w.desk.Sender(t.Context(), [16]byte(phone.Memory.Device))
		if err != nil || !bytes.Equal(primary, from.ID[:]) {
			t.Errorf("the watch's report is not kept with its phone: %v", err)
		}
		band := w.device(envelope.X25519, envelope.Ed25519)
		k, err := band.Keys()
		if err != nil {
			t.Fatal(err)
		}
		k.Sealer = nil
		named, err := phone.Introduce(t.Context(), report.Thing{Kind: "bracelet", Keys: &k})
		if err != nil {
			t.Fatal(err)
		}
		band.Named(named[0])
		a, err = band.Report(t.Context(), report.Batch{Live: true, Events: []report.Event{{Kind: report.Seen, Device: band.Memory.Number}}})
		if diff := cmp.Diff(report.Answer{}, a); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if n := w.count("interaction_batch"); n != 2 {
			t.Errorf("%d batches are kept", n)
		}
	})
}

// TestRoles (DI-231): a device without a transaction application does not become ready.
func TestRoles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		router := w.device(envelope.Hybrid, envelope.Ed25519)
		if _, err := router.Enroll(t.Context(), report.Enrollment{Code: w.code(w.customer("1"), companion.Router)}); err != nil {
			t.Fatal(err)
		}
		if _, err := router.Report(t.Context(), poll()); err != nil {
			t.Error("an access point reports as a hub (DI-41):", err)
		}
		_, err := router.Ready(t.Context(), 0)
		w.wants(err, "companion.role")
	})
}

// TestOff: without a judgment by interactions reports are refused, and the rest of the protocol works.
func TestOff(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.serve(func(c *deviceserver.Config) { c.Interactions = nil })
		d := w.phone(w.customer("1"))
		_, err := d.Report(t.Context(), poll())
		w.wants(err, "interaction.off")
		if _, err := d.Poll(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
