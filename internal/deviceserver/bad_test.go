package deviceserver_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang/geo/s2"

	device "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
)

// refuses sends one event after another and wants each refused, with the member that is wrong and a reason.
func (w *world) refuses(d *device.Device, field string, events ...string) {
	w.Helper()
	for _, e := range events {
		_, err := d.Post(w.Context(), []byte(`{"zone_offset":60,"live":true,"events":[{"kind":"poll"},`+e+`]}`))
		var p *device.Problem
		if !errors.As(err, &p) || p.Code != "report.body" || p.Field != "/events/1"+field || p.Detail == "" {
			w.Errorf("%s: %v, %+v", e, err, p)
		}
	}
	if n := w.count("interaction_batch"); n != 0 {
		w.Errorf("%d batches are kept of what was refused", n)
	}
}

// takes sends one event after another and wants each taken.
func (w *world) takes(d *device.Device, events ...string) {
	w.Helper()
	for _, e := range events {
		a, err := d.Post(w.Context(), []byte(`{"zone_offset":60,"live":true,"events":[`+e+`]}`))
		if err != nil || a.Taken == nil || a.Taken.Events != 1 {
			w.Errorf("%s: %+v, %v", e, a.Taken, err)
		}
	}
}

// TestTimesOfTheFutureAndOfOld: an event is of the 72 hours before its message, or of the minute after.
func TestTimesOfTheFutureAndOfOld(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.phone(w.customer("1"))
		at := func(off time.Duration) string {
			return fmt.Sprintf(`{"kind":"poll","t":%d}`, w.clock.Now().Add(off).UnixMilli())
		}
		w.refuses(d, "/t", at(report.MaxAhead+time.Millisecond), at(24*time.Hour), at(-report.MaxAge-time.Millisecond), `{"kind":"poll","t":1}`, `{"kind":"poll","t":-1}`,
			`{"kind":"poll","t":9223372036854775807}`, `{"kind":"poll","t":-9223372036854775808}`)
		w.takes(d, at(report.MaxAhead), at(-report.MaxAge), at(0))
	})
}

// TestPlacesOffTheGlobe: a place is a cell that exists, and no finer than it may be; the poles and the date line are places.
func TestPlacesOffTheGlobe(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.phone(w.customer("1"))
		at := func(token string) string { return `{"kind":"place","place":{"cell":"` + token + `"}}` }
		w.refuses(d, "/place/cell", at(""), at("c1"), at("f1"), at("ffffffffffffffff"), at("0"), at("X"), at("476D05"), at("476d0500"), at("-1"), at("91.0,181.0"), at("476d057c3fb58d61"))
		w.takes(d, at("476d05"), at("1"), at("b"))
		for _, edge := range []s2.LatLng{s2.LatLngFromDegrees(90, 0), s2.LatLngFromDegrees(-90, 0), s2.LatLngFromDegrees(0, 180), s2.LatLngFromDegrees(0, -180)} {
			w.takes(d, at(s2.CellIDFromLatLng(edge).Parent(report.MaxLevel).ToToken()))
		}
	})
}

// TestAHundredThousandEvents: what is too large is refused before it is read, by the device's own kit and by the server, and one event too many is told.
func TestAHundredThousandEvents(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.phone(w.customer("1"))
		body := func(n int) []byte {
			return []byte(`{"zone_offset":0,"live":true,"events":[` + strings.TrimSuffix(strings.Repeat(`{"kind":"poll"},`, n), ",") + `]}`)
		}
		if _, err := d.Post(t.Context(), body(100_000)); !errors.Is(err, envelope.ErrSize) {
			t.Error("the device's own kit:", err)
		}
		d.Memory.Seq--
		for _, n := range []int{report.MaxEvents + 1, 4000} {
			_, err := d.Post(t.Context(), body(n))
			var p *device.Problem
			if !errors.As(err, &p) || p.Code != "report.body" || p.Field != "/events" {
				t.Errorf("%d events: %v", n, err)
			}
		}
		if n := w.count("interaction_batch"); n != 0 {
			t.Errorf("%d batches are kept", n)
		}
		a, err := d.Post(t.Context(), body(report.MaxEvents))
		if err != nil || a.Taken == nil || a.Taken.Events != report.MaxEvents {
			t.Errorf("as many as there may be: %+v, %v", a.Taken, err)
		}
	})
}

// TestADeviceInTwoHomes: a television that two customers live with is one of each, and what one home says is not said of the other. Keys are of
// one home: who has them could speak for both.
func TestADeviceInTwoHomes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.customer("1"), w.customer("2")
		one, two := w.phone(a), w.phone(b)
		tv := report.Thing{Kind: "tv", Identifiers: []report.Identifier{{Kind: "mac", Value: "00:1A:7D:DA:71:13"}}}
		for _, d := range []*device.Device{one, two} {
			if named, err := d.Introduce(t.Context(), tv); err != nil || !named[0].Added || named[0].Number != 2 {
				t.Fatalf("%+v, %v", named, err)
			}
		}
		if _, err := one.Report(t.Context(), poll(2)); err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			home string
			of   []companion.Companion
			seen bool
		}{{"one", w.devices(a), true}, {"the other", w.devices(b), false}} {
			if len(x.of) != 2 || x.of[1].Seen.IsZero() == x.seen {
				t.Errorf("%s home: %+v", x.home, x.of)
			}
		}
		watch := w.watch(one)
		k, err := watch.Keys()
		if err != nil {
			t.Fatal(err)
		}
		_, err = two.Introduce(t.Context(), report.Thing{Kind: "watch", Keys: &k})
		w.wants(err, "companion.taken")
		if n := len(w.devices(b)); n != 2 {
			t.Errorf("the other home has %d devices", n)
		}
	})
}

// TestADeviceThatIsItsOwnSecondary: neither by its keys, nor by an identifier, nor in a report.
func TestADeviceThatIsItsOwnSecondary(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		d := w.device(envelope.Hybrid, envelope.Ed25519)
		serial := []report.Identifier{{Kind: "serial", Value: "P-1"}}
		if _, err := d.Enroll(t.Context(), report.Enrollment{Code: w.code(c, companion.Phone), Can: app, Identifiers: serial}); err != nil {
			t.Fatal(err)
		}
		k, err := d.Keys()
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []report.Thing{{Kind: "phone", Keys: &k}, {Kind: "watch", Identifiers: serial}} {
			_, err := d.Introduce(t.Context(), x)
			w.wants(err, "companion.itself")
		}
		a, err := d.Report(t.Context(), report.Batch{Zone: 60, Live: true, Events: []report.Event{{Kind: report.Seen, Device: d.Memory.Number}}})
		if err != nil || a.Taken.Unknown != 1 || a.Taken.Events != 0 {
			t.Errorf("a report of itself: %+v, %v", a.Taken, err)
		}
		if n := len(w.devices(c)); n != 1 {
			t.Errorf("%d devices", n)
		}
	})
}
