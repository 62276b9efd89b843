package mobileid_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"+41791234567": phoneA, "41791234567": phoneA, "0041 79 123 45 67": phoneA, " +41 (0)79 123 45 67 ": phoneA, "079 123 45 67": phoneA, "+358401234567": "+358401234567", "358401234567": "+358401234567",
		"": "", "1": "", "+": "", "12": "", "+4179": "", "41791234567890123": "", "hello": "", "+41 44 668 18 00": "", "+41 900 123 456": "", strings.Repeat("4", 40): "", "+41791234567 ext 5": "", "\x00\x00\x00\x00": "",
	} {
		got, err := mobileid.Number(typed, "CH")
		if got != want || (err == nil) != (want != "") || err != nil && !fault.Is(err, "mobileid.number") {
			t.Errorf("%q: %q, %v; want %q", typed, got, err, want)
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"+41791234567", "41791234567", "079 123 45 67", "00", "٠٧٩"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := mobileid.Number(s, "CH")
		if err != nil {
			return
		}
		if again, err := mobileid.Number(n, ""); err != nil || again != n || n[0] != '+' || len(n) > 16 {
			t.Errorf("%q: %q, then %q, %v", s, n, again, err)
		}
	})
}

// TestBadRequests: form is judged before anybody is looked up, and for everybody alike.
func TestBadRequests(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("1", phoneA)
		good := mobileid.Request{Provider: ap, User: mobileid.User{Number: phoneA}, Role: applet.Signing, Text: "Hello"}
		for name, c := range map[string]struct {
			change func(*mobileid.Request)
			code   string
		}{
			"no user":        {func(r *mobileid.Request) { r.User = mobileid.User{} }, "mobileid.user"},
			"two users":      {func(r *mobileid.Request) { r.User.Person = "MIDCSAAAAAAAAAAA" }, "mobileid.user"},
			"wrong number":   {func(r *mobileid.Request) { r.User.Number = "12345" }, "mobileid.number"},
			"wrong person":   {func(r *mobileid.Request) { r.User = mobileid.User{Person: "short"} }, "mobileid.person"},
			"wrong customer": {func(r *mobileid.Request) { r.User = mobileid.User{CustomerNumber: strings.Repeat("9", 41)} }, "customer.number"},
			"role":           {func(r *mobileid.Request) { r.Role = 3 }, "mobileid.role"},
			"role of other":  {func(r *mobileid.Request) { r.Provider.Roles = []applet.Role{applet.Authentication} }, "mobileid.role"},
			"form":           {func(r *mobileid.Request) { r.Form = 3 }, "mobileid.form"},
			"control":        {func(r *mobileid.Request) { r.Control = 4 }, "mobileid.control"},
			"short time":     {func(r *mobileid.Request) { r.TTL = time.Second }, "mobileid.ttl"},
			"long time":      {func(r *mobileid.Request) { r.TTL = time.Hour }, "mobileid.ttl"},
			"long ref":       {func(r *mobileid.Request) { r.Ref = strings.Repeat("a", 65) }, "mobileid.names"},
			"nothing":        {func(r *mobileid.Request) { r.Text = "" }, "mobileid.missing"},
			"no digest":      {func(r *mobileid.Request) { r.Content.Document = true }, "mobileid.content"},
			"digest and text": {func(r *mobileid.Request) {
				r.Content = mobileid.Content{Text: "a", Document: true, Digest: [32]byte{1}}
			}, "mobileid.content"},
			"stray digest":    {func(r *mobileid.Request) { r.Content.Digest = [32]byte{1} }, "mobileid.content"},
			"prefix":          {func(r *mobileid.Request) { r.Provider.Prefix = "Shop: " }, "mobileid.prefix"},
			"event":           {func(r *mobileid.Request) { r.Event = "A-1" }, "mobileid.event"},
			"direction":       {func(r *mobileid.Request) { r.Text = "Pay \u202e001 EUR" }, "mobileid.text"},
			"no width":        {func(r *mobileid.Request) { r.Text = "Pay 1\u200b00" }, "mobileid.text"},
			"look-alike":      {func(r *mobileid.Request) { r.Text = "Pаypal" }, "mobileid.text"}, // with a Cyrillic a
			"control char":    {func(r *mobileid.Request) { r.Text = "a\x07b" }, "mobileid.text"},
			"no UTF-8":        {func(r *mobileid.Request) { r.Text = "a\xff" }, "mobileid.text"},
			"emoji":           {func(r *mobileid.Request) { r.Text = "😀" }, "mobileid.text"},
			"GSM only":        {func(r *mobileid.Request) { r.Provider.GSM, r.Text = true, "Привет" }, "mobileid.text"},
			"long GSM":        {func(r *mobileid.Request) { r.Text = strings.Repeat("a", 228) }, "mobileid.too_long"},
			"extension":       {func(r *mobileid.Request) { r.Text = strings.Repeat("€", 114) }, "mobileid.too_long"},
			"long UCS-2":      {func(r *mobileid.Request) { r.Text = strings.Repeat("ж", 108) }, "mobileid.too_long"},
			"by the provider": {func(r *mobileid.Request) { r.Provider.MaxText = 4 }, "mobileid.too_long"},
			"service":         {func(r *mobileid.Request) { r.Provider.Name = "Ba\u202enk" }, "mobileid.text"},
		} {
			in := good
			c.change(&in)
			if _, err := w.desk.Sign(t.Context(), system, in); !fault.Is(err, c.code) {
				t.Errorf("%s: %v; want %s", name, err, c.code)
			}
		}
		if n := w.count("mobile_id_request WHERE kind = 'sign'"); n != 0 {
			t.Errorf("%d requests are stored", n)
		}
		for _, text := range []string{strings.Repeat("a", 227), strings.Repeat("€", 113), strings.Repeat("ж", 107)} { // "Corner Shop" and a line feed are 12
			good.Text = text
			asked, err := w.desk.Sign(t.Context(), system, good)
			w.check(err)
			if _, err := w.desk.Cancel(t.Context(), system, ap.Code, asked.Handle); err != nil {
				t.Error(err)
			}
		}
		for _, h := range []string{"", "m", "m" + strings.Repeat("A", 64), "x" + strings.Repeat("A", 64), strings.Repeat("ä", 65)} {
			_, err := w.desk.Get(t.Context(), ap.Code, h)
			want(t, err, "mobileid.transaction")
		}
	})
}
