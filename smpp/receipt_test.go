package smpp_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/smpp"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// TestReceipts has the shapes that centers are known to send.
func TestReceipts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		class byte
		text  string
		tlvs  smpp.TLVs
		want  smpp.Receipt
	}{
		"as in appendix B": {
			class: 4, text: "id:0123456789 sub:001 dlvrd:001 submit date:2611221030 done date:2611221031 stat:DELIVRD err:000 text:Your code",
			want: smpp.Receipt{ID: "0123456789", State: smpp.Delivered, Code: "000", Sub: "001", Dlvrd: "001", Submitted: at("2026-11-22T10:30:00Z"), Done: at("2026-11-22T10:31:00Z"), Text: "Your code"},
		},
		"seconds, capitals, no text": {
			class: 4, text: "ID:7F SUB:1 DLVRD:0 SUBMIT DATE:261122103001 DONE DATE:261122103102 STAT:UNDELIV ERR:12",
			want: smpp.Receipt{ID: "7F", State: smpp.Undeliverable, Code: "12", Sub: "1", Dlvrd: "0", Submitted: at("2026-11-22T10:30:01Z"), Done: at("2026-11-22T10:31:02Z")},
		},
		"underscores, the century, another order": {
			class: 4, text: "stat:EXPIRED id:a-b-c err:ABS submit_date:20261122103001 done_date:20261122103102",
			want: smpp.Receipt{ID: "a-b-c", State: smpp.Expired, Code: "ABS", Submitted: at("2026-11-22T10:30:01Z"), Done: at("2026-11-22T10:31:02Z")},
		},
		"dates for people, spaces after colons": {
			class: 4, text: "id: 99 submit date: 2026-11-22 10:30 done date: 2026-11-22 10:31:05 stat: DELIVERED err: 0 Text: hi",
			want: smpp.Receipt{ID: "99", State: smpp.Delivered, Code: "0", Submitted: at("2026-11-22T10:30:00Z"), Done: at("2026-11-22T10:31:05Z"), Text: "hi"},
		},
		"dates that are none": {
			class: 4, text: "id:1 submit date:9999999999 done date: stat:REJECTD err:",
			want: smpp.Receipt{ID: "1", State: smpp.Rejected},
		},
		"commas": {
			class: 4, text: "id:1,sub:001,stat:ACCEPTD,err:000",
			want: smpp.Receipt{ID: "1", State: smpp.Accepted, Sub: "001", Code: "000"},
		},
		"optional parameters only": {
			class: 4, tlvs: smpp.TLVs{{smpp.TagReceiptedID, []byte("7f3a\x00")}, {smpp.TagMessageState, []byte{2}}},
			want: smpp.Receipt{ID: "7f3a", State: smpp.Delivered},
		},
		"optional parameters win, without their zero, and no class": {
			text: "id:1 stat:UNKNOWN err:000", tlvs: smpp.TLVs{{smpp.TagReceiptedID, []byte("77")}, {smpp.TagMessageState, []byte{5}}},
			want: smpp.Receipt{ID: "77", State: smpp.Undeliverable, Code: "000"},
		},
		"network error": {
			class: 4, tlvs: smpp.TLVs{{smpp.TagReceiptedID, []byte("77")}, {smpp.TagMessageState, []byte{5}}, {smpp.TagNetworkError, []byte{3, 0, 27}}},
			want: smpp.Receipt{ID: "77", State: smpp.Undeliverable, Code: "03001b"},
		},
		"class forgotten": {
			text: "id:5 sub:001 dlvrd:001 stat:DELIVRD err:000 text:",
			want: smpp.Receipt{ID: "5", State: smpp.Delivered, Code: "000", Sub: "001", Dlvrd: "001"},
		},
		"intermediate": {class: 0x20, text: "id:5 stat:ENROUTE", want: smpp.Receipt{ID: "5", State: smpp.EnRoute}},
		"a text that names another message": {
			class: 4, text: "id:5 stat:DELIVRD text:id:6 stat:UNDELIV",
			want: smpp.Receipt{ID: "5", State: smpp.Delivered, Text: "id:6 stat:UNDELIV"},
		},
		"fields twice":       {class: 4, text: "id:5 id:6 stat:DELIVRD stat:UNDELIV", want: smpp.Receipt{ID: "5", State: smpp.Delivered}},
		"a state by number":  {class: 4, text: "id:5 status:8", want: smpp.Receipt{ID: "5", State: smpp.Rejected}},
		"a state of its own": {class: 4, text: "id:5 stat:SHRUGGED", want: smpp.Receipt{ID: "5"}},
	} {
		m := smpp.Message{ESMClass: c.class, Coding: smpp.Latin1, Short: []byte(c.text), TLVs: c.tlvs}
		got, ok := m.Receipt()
		if diff := cmp.Diff(c.want, got); diff != "" || !ok {
			t.Errorf("%s: %t (-want +got):\n%s", name, ok, diff)
		}
	}
	for name, m := range map[string]smpp.Message{
		"a customer's text":       {Short: []byte("hello, my id: is lost")},
		"no id":                   {ESMClass: 4, Short: []byte("stat:DELIVRD")},
		"empty":                   {ESMClass: 4},
		"a state but no class":    {ESMClass: 0x08, Short: []byte("id:1 stat:DELIVRD")},
		"binary":                  {ESMClass: 4, Coding: smpp.Binary, Short: []byte("id:1 stat:DELIVRD")},
		"an id of nothing":        {ESMClass: 4, TLVs: smpp.TLVs{{smpp.TagReceiptedID, []byte{0}}}},
		"damaged header, no TLVs": {ESMClass: 4 | smpp.ESMHeader, Short: []byte{9, 1}},
	} {
		if r, ok := m.Receipt(); ok {
			t.Errorf("%s is a receipt: %+v", name, r)
		}
	}
}

func FuzzReceipt(f *testing.F) {
	f.Add([]byte("id:0123 sub:001 dlvrd:001 submit date:2611221030 done date:2611221031 stat:DELIVRD err:000 text:x"), byte(4), []byte("7f\x00"))
	f.Add([]byte("text:id:"), byte(0), []byte{})
	f.Fuzz(func(t *testing.T, text []byte, class byte, id []byte) {
		for _, c := range []smpp.Coding{smpp.GSM, smpp.Latin1, smpp.UCS2} {
			m := smpp.Message{ESMClass: class, Coding: c, Short: text, TLVs: smpp.TLVs{{smpp.TagReceiptedID, id}}}
			if r, ok := m.Receipt(); ok && (r.ID == "" || r.State > smpp.Rejected) {
				t.Errorf("%+v", r)
			}
		}
	})
}

func TestIDForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		form              smpp.IDForm
		response, receipt string
		same              bool
	}{
		{smpp.SameIDs, "7F3A", "7f3a", true},
		{smpp.SameIDs, "0000123", "123", true},
		{smpp.SameIDs, "000", "000", true},
		{smpp.SameIDs, "10", "16", false},
		{smpp.SameIDs, "f47ac10b-58cc", "F47AC10B-58CC", true},
		{smpp.HexThenDec, "7F3A", "32570", true},
		{smpp.HexThenDec, "0x7F3A", "0000032570", true},
		{smpp.HexThenDec, "10", "16", true},
		{smpp.HexThenDec, "16", "16", false},
		{smpp.HexThenDec, "ffffffffffffffffff", "4722366482869645213695", true},
		{smpp.HexThenDec, "not a number", "NOT A NUMBER", true},
		{smpp.HexThenDec, "-a", "-10", false},
		{smpp.DecThenHex, "32570", "7f3a", true},
	} {
		a, b := c.form.FromResponse(c.response), c.form.FromReceipt(c.receipt)
		if (a == b) != c.same || a == "" {
			t.Errorf("form %d: %s is %s, %s is %s", c.form, c.response, a, c.receipt, b)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	now := at("2026-11-22T10:00:00Z")
	for d, want := range map[time.Duration]string{
		5 * time.Minute:               "000000000500000R",
		90*time.Second + 1:            "000000000131000R",
		0:                             "000000000001000R",
		49 * time.Hour:                "000002010000000R",
		10000 * time.Hour:             "000030000000000R",
		23*time.Hour + 59*time.Minute: "000000235900000R",
	} {
		s := smpp.Relative(d)
		if s != want {
			t.Errorf("%v is %s, want %s", d, s, want)
		}
		if d >= time.Second && d%time.Second == 0 && d < 720*time.Hour {
			if got, ok := smpp.ParseTime(s, now); !ok || !got.Equal(now.Add(d)) {
				t.Errorf("%s is %v", s, got)
			}
		}
	}
	for s, want := range map[string]string{
		"261122103015500+": "2026-11-22T10:30:15.5Z", "261122103015508+": "2026-11-22T08:30:15.5Z", "261122103015508-": "2026-11-22T12:30:15.5Z",
		"261122103015000+": "2026-11-22T10:30:15Z", "261322103015000+": "", "260231103015000+": "", "26112210301500": "",
		"2611221030150x0+": "", "261122103015000Z": "", "261122603015000+": "",
	} {
		got, ok := smpp.ParseTime(s, now)
		if ok != (want != "") || ok && !got.Equal(at(want)) {
			t.Errorf("%s: %v, %t", s, got, ok)
		}
	}
	if got, ok := smpp.ParseTime("", now); !ok || !got.IsZero() {
		t.Errorf("empty: %v, %t", got, ok)
	}
}
