package report_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/envelope/report"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func full() report.Batch {
	warm, t := 20.5, noon.UnixMilli()
	return report.Batch{Zone: 60, Live: true, Events: []report.Event{
		{Time: t, Kind: report.Poll, Seen: []int{1, 2, 255}, Evidence: []report.Evidence{{Device: 2, Time: t, Signature: make([]byte, 64)}}},
		{Kind: report.Seen, Device: 3, Evidence: []report.Evidence{{Device: 3, Time: t, Nonce: make([]byte, 16), Signature: make([]byte, 32), Active: true}}},
		{Time: t, Kind: report.Connect, Device: 3},
		{Time: t, Kind: report.Disconnect, Device: 3},
		{Time: t, Kind: report.Place, Place: &report.Cell{Token: "476d05"}},
		{Time: t, Kind: report.Context, Device: 4, Context: &report.Value{Name: "temperature", Number: &warm}},
		{Time: t, Kind: report.Context, Device: 4, Context: &report.Value{Name: "playlist", Category: "jazz"}},
		{Time: t, Kind: report.Activity, Device: 3, Active: true},
	}}
}

func field(t *testing.T, err error) string {
	t.Helper()
	var e *report.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *report.Error", err)
	}
	if !strings.Contains(err.Error(), e.Reason) {
		t.Errorf("%q does not say %q", err, e.Reason)
	}
	return e.Field
}

// TestBatchRound (DI-33, DI-39, DI-45, DI-46, DI-50): all kinds of events, with and without a time.
func TestBatchRound(t *testing.T) {
	t.Parallel()
	want := full()
	b, err := report.Append(nil, want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := report.Read[report.Batch](b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if err := got.Check(noon); err != nil {
		t.Error(err)
	}
	if !got.Events[1].At().IsZero() || !got.Events[0].At().Equal(noon) {
		t.Error("times:", got.Events[0].At(), got.Events[1].At())
	}
}

func TestReadStrictly(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`[`, 100_000)
	many := `{"zone_offset":0,"events":[` + strings.TrimSuffix(strings.Repeat(`{"kind":"poll"},`, 4000), ",") + `]}`
	for body, at := range map[string]string{
		``:                                  "",
		`[]`:                                "",
		`null`:                              "",
		`{"zone_offset":0,"events":[]} {}`:  "",
		`{"zone_offset":0,"events":[]`:      "",
		`{"zone_offset":0,"zone_offset":0}`: "",
		`{"Zone_offset":0}`:                 "",
		`{"zone_offset":0,"more":1}`:        "",
		`{"zone_offset":null}`:              "/zone_offset",
		`{"zone_offset":"0"}`:               "/zone_offset",
		`{"zone_offset":1.5}`:               "/zone_offset",
		`{"zone_offset":{}}`:                "/zone_offset",
		`{"events":{}}`:                     "/events",
		`{"events":7}`:                      "/events",
		`{"events":[7]}`:                    "/events/0",
		`{"events":[{"Kind":"poll"}]}`:      "/events/0",
		`{"events":[{"place":{"cell":"1","x":1}}]}`: "/events/0/place",
		`{"events":[{"seen":[[1]]}]}`:               "/events/0/seen/0",
		`{"events":[{"t":1e999}]}`:                  "/events/t",
		`{"live":1}`:                                "/live",
		deep:                                        "",
		`{"events":` + deep:                         "/events/0",
		many:                                        "/events",
		"{\"events\":[{\"kind\":\"\xff\"}]}":        "",
	} {
		_, err := report.Read[report.Batch]([]byte(body))
		if err == nil {
			t.Errorf("%.60s: read", body)
			continue
		}
		if got := field(t, err); got != at {
			t.Errorf("%.60s: wrong at %q (%v), want %q", body, got, err, at)
		}
	}
}

// TestBatchCheck: what a body may not say, and where that stands.
func TestBatchCheck(t *testing.T) {
	t.Parallel()
	late := report.MaxAge + time.Millisecond
	for name, x := range map[string]struct {
		change func(*report.Batch)
		at     string
	}{
		"future":                {func(b *report.Batch) { b.Events[0].Time = noon.Add(report.MaxAhead + time.Millisecond).UnixMilli() }, "/events/0/t"},
		"ancient":               {func(b *report.Batch) { b.Events[0].Time = noon.Add(-late).UnixMilli() }, "/events/0/t"},
		"before 1970":           {func(b *report.Batch) { b.Events[0].Time = -1 }, "/events/0/t"},
		"far beyond":            {func(b *report.Batch) { b.Events[0].Time = math.MaxInt64 }, "/events/0/t"},
		"zone":                  {func(b *report.Batch) { b.Zone = 18*60 + 1 }, "/zone_offset"},
		"zone west":             {func(b *report.Batch) { b.Zone = -18*60 - 1 }, "/zone_offset"},
		"none":                  {func(b *report.Batch) { b.Events = nil }, "/events"},
		"too many":              {func(b *report.Batch) { b.Events = make([]report.Event, 501) }, "/events"},
		"kind":                  {func(b *report.Batch) { b.Events[0].Kind = "rumor"; b.Events[0].Seen = nil }, "/events/0/kind"},
		"no kind":               {func(b *report.Batch) { b.Events[2].Kind = "" }, "/events/2/kind"},
		"number":                {func(b *report.Batch) { b.Events[2].Device = 256 }, "/events/2/device"},
		"negative":              {func(b *report.Batch) { b.Events[2].Device = -1 }, "/events/2/device"},
		"the primary itself":    {func(b *report.Batch) { b.Events[2].Device = 0 }, "/events/2/device"},
		"seen twice":            {func(b *report.Batch) { b.Events[0].Seen = []int{2, 2} }, "/events/0/seen/1"},
		"saw itself":            {func(b *report.Batch) { b.Events[0].Seen = []int{0, 2} }, "/events/0/seen/0"},
		"saw a crowd":           {func(b *report.Batch) { b.Events[0].Seen = make([]int, 65) }, "/events/0/seen"},
		"poll of one":           {func(b *report.Batch) { b.Events[0].Device = 2 }, "/events/0/device"},
		"seen beside":           {func(b *report.Batch) { b.Events[2].Seen = []int{1} }, "/events/2/seen"},
		"place beside":          {func(b *report.Batch) { b.Events[2].Place = &report.Cell{Token: "476d05"} }, "/events/2/place"},
		"place without":         {func(b *report.Batch) { b.Events[4].Place = nil }, "/events/4/place"},
		"context without":       {func(b *report.Batch) { b.Events[5].Context = nil }, "/events/5/context"},
		"activity beside":       {func(b *report.Batch) { b.Events[2].Active = true }, "/events/2/activity"},
		"number and category":   {func(b *report.Batch) { b.Events[5].Context.Category = "x" }, "/events/5/context"},
		"neither":               {func(b *report.Batch) { b.Events[5].Context.Number = nil }, "/events/5/context"},
		"large number":          {func(b *report.Batch) { *b.Events[5].Context.Number = 1e13 }, "/events/5/context/number"},
		"name":                  {func(b *report.Batch) { b.Events[5].Context.Name = "Temp" }, "/events/5/context/name"},
		"category":              {func(b *report.Batch) { b.Events[6].Context.Category = strings.Repeat("é", 65) }, "/events/6/context/category"},
		"evidence of another":   {func(b *report.Batch) { b.Events[1].Evidence[0].Device = 4 }, "/events/1/evidence/0/device"},
		"evidence unseen":       {func(b *report.Batch) { b.Events[0].Evidence[0].Device = 9 }, "/events/0/evidence/0/device"},
		"evidence of nobody":    {func(b *report.Batch) { b.Events[0].Evidence[0].Device = 0 }, "/events/0/evidence/0/device"},
		"evidence without time": {func(b *report.Batch) { b.Events[0].Evidence[0].Time = 0 }, "/events/0/evidence/0/t"},
		"nonce":                 {func(b *report.Batch) { b.Events[1].Evidence[0].Nonce = make([]byte, 15) }, "/events/1/evidence/0/nonce"},
		"signature":             {func(b *report.Batch) { b.Events[0].Evidence[0].Signature = nil }, "/events/0/evidence/0/signature"},
	} {
		b := full()
		x.change(&b)
		err := b.Check(noon)
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		if got := field(t, err); got != x.at {
			t.Errorf("%s: wrong at %q (%v), want %q", name, got, err, x.at)
		}
	}
}

// TestCells: cells on the globe of level 14 or coarser, in one spelling. The tokens are of golang/geo.
func TestCells(t *testing.T) {
	t.Parallel()
	check := func(token string) error {
		b := report.Batch{Events: []report.Event{{Kind: report.Place, Place: &report.Cell{Token: token}}}}
		if err := b.Check(noon); err != nil {
			return err
		}
		return nil
	}
	for _, good := range []string{"1", "b", "476d05", "476d07c9", "89c25a31", "476d04"[:5] + "c"} {
		if err := check(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for name, bad := range map[string]string{
		"nothing": "", "zero": "0", "no face": "d", "face six": "c1", "face seven": "f", "fix (level 30)": "476d07c9c0a5d3b1", "level 15": "476d07c84", "large letters": "476D05",
		"zeros at the end": "476d0500", "not hexadecimal": "476g", "sign": "+76d05", "too long": "476d0500000000001", "no marker of a level": "476d02", "underscore": "4_6d05",
	} {
		if err := check(bad); err == nil {
			t.Errorf("%s: %s is a cell", name, bad)
		}
	}
}

func TestOtherBodies(t *testing.T) {
	t.Parallel()
	e := report.Enrollment{Code: "ABCD-EFGH-JKLM", Name: "phone", Can: []string{"application"}, Identifiers: []report.Identifier{{Kind: "serial", Value: "1"}}, Keys: report.Keys{Scheme: "ed25519", Verifier: []byte{1}, Sealer: []byte{2}}}
	round(t, e)
	round(t, report.Inquiry{Plan: "x"})
	round(t, report.Introduction{Add: []report.Thing{{Kind: "watch", Keys: &report.Keys{Scheme: "ed25519", Verifier: []byte{1}}}}})
	round(t, report.Wish{Zone: -60})
	p := report.Proofs{Zone: 60, Answers: []report.Evidence{{Device: 2, Time: 1, Nonce: make([]byte, 16), Signature: []byte{1}}}}
	round(t, p)
	if err := p.Check(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*report.Proofs){
		"zone": func(p *report.Proofs) { p.Zone = 2000 }, "none": func(p *report.Proofs) { p.Answers = nil }, "not asked": func(p *report.Proofs) { p.Answers[0].Nonce = nil },
		"many": func(p *report.Proofs) { p.Answers = make([]report.Evidence, 65) }, "nobody": func(p *report.Proofs) { p.Answers[0].Device = 0 },
	} {
		bad := report.Proofs{Zone: p.Zone, Answers: append([]report.Evidence(nil), p.Answers...)}
		if change(&bad); bad.Check() == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if (&report.Introduction{}).Check() == nil || (&report.Introduction{Add: make([]report.Thing, 21)}).Check() == nil || (&report.Introduction{Add: make([]report.Thing, 20)}).Check() != nil {
		t.Error("an introduction has 1 to 20 devices")
	}
	if (&report.Wish{Zone: 2000}).Check() == nil || (&report.Wish{}).Check() != nil {
		t.Error("zone of a wish")
	}
}

func round[T report.Body](t *testing.T, want T) {
	t.Helper()
	b, err := report.Append(nil, want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := report.Read[T](b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestStatement: equal statements only have equal octets.
func TestStatement(t *testing.T) {
	t.Parallel()
	e := report.Evidence{Device: 3, Time: noon.UnixMilli(), Nonce: make([]byte, 16)}
	seen := map[string]bool{}
	for _, x := range []report.Statement{
		e.Statement([16]byte{1}), e.Statement([16]byte{2}), {[16]byte{1}, 4, e.Time, e.Nonce, false}, {[16]byte{1}, 3, e.Time + 1, e.Nonce, false}, {[16]byte{1}, 3, e.Time, nil, false}, {[16]byte{1}, 3, e.Time, e.Nonce, true},
	} {
		if b := string(x.Bytes()); seen[b] {
			t.Errorf("%+v has the octets of another one", x)
		} else {
			seen[b] = true
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	want := report.Answer{Now: 1, Error: &report.Problem{Code: "c", Detail: "d", Field: "/f"}, Plan: &report.Plan{Name: "p", Look: 900, Report: 900, Watch: []report.Watch{{Number: 1, Kind: "watch"}}}, Taken: &report.Taken{Events: 3}}
	b, err := want.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := report.ReadAnswer(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := report.ReadAnswer([]byte(`{"now":2,"later":{}}`)); err != nil {
		t.Error("a member of a later version:", err)
	}
	if _, err := report.ReadAnswer([]byte(`{"now":"x"}`)); err == nil {
		t.Error("read a text as a time")
	}
}

func FuzzBatch(f *testing.F) {
	b, err := report.Append(nil, full())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"zone_offset":0,"events":[{"kind":"place","place":{"cell":"1"}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := report.Read[report.Batch](b)
		if err != nil {
			return
		}
		if got.Check(noon) != nil {
			return
		}
		again, err := report.Append(nil, got)
		if err != nil {
			t.Fatal(err)
		}
		same, err := report.Read[report.Batch](again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		if d := cmp.Diff(got, same); d != "" {
			t.Error(d)
		}
	})
}
