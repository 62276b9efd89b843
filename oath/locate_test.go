package oath_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// TestLocateCounts: in a window that is wide enough one code of four digits, or of
// six, stands at several places, and two codes in a row at one.
func TestLocateCounts(t *testing.T) {
	t.Parallel()
	h := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{}))(t)
	const n = 1 << 18
	at := map[string][]uint64{}
	for c := range uint64(n) {
		code := h.Code(c)
		at[code] = append(at[code], c)
	}
	tried := map[int]int{}
	for code, places := range at {
		if len(places) > 4 || tried[len(places)] == 3 {
			continue
		}
		tried[len(places)]++
		last, count := h.Locate([]string{code}, 0, n)
		if count != len(places) || last != places[0] {
			t.Errorf("one code: %d places, the first %d; want %v", count, last, places)
		}
		if _, again := h.Locate([]string{code}, last+1, n-int(last)-1); again != count-1 {
			t.Errorf("above the first place: %d; want %d", again, count-1)
		}
		if last, count := h.Locate([]string{code, h.Code(places[0] + 1)}, 0, n); count != 1 || last != places[0]+1 {
			t.Errorf("two codes: %d places, the last counter %d", count, last)
		}
	}
	if len(tried) != 4 {
		t.Errorf("tried %v", tried)
	}
	if _, count := h.Locate([]string{"1234"}, 0, 100); count != 0 {
		t.Errorf("a code of the wrong length stands at %d places", count)
	}
}

// TestLocateWithClocks: TOTP and OCRA count as HOTP does.
func TestLocateWithClocks(t *testing.T) {
	t.Parallel()
	h := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{}))(t)
	tok := must(oath.NewTOTP(rfcKey, oath.TOTPOptions{}))(t)
	suite := must(oath.ParseSuite("OCRA-1:HOTP-SHA1-4:QN08-T1M"))(t)
	o := must(oath.NewOCRA(suite, rfcKey))(t)
	const center, steps = 100_000, 20_000
	code, in := h.Code(center+7), oath.Input{Question: "12345678", Time: time.Unix(60*center, 0)}
	response := must(o.Code(in))(t)
	want, wantOCRA := 0, 0
	for s := uint64(center - steps); s <= center+steps; s++ {
		if h.Code(s) == code {
			want++
		}
		in.Time = time.Unix(int64(60*s), 0)
		if must(o.Code(in))(t) == response {
			wantOCRA++
		}
	}
	if m, got := tok.Locate([]string{code}, time.Unix(30*center, 0), oath.Window{Steps: steps}); got != want || m.Step != center+7 {
		t.Errorf("TOTP: %+v, %d places; want %d", m, got, want)
	}
	in.Time = time.Unix(60*center, 0)
	m, got, err := o.Locate([]oath.Answer{{Code: response, Input: in}}, 1, oath.Window{Steps: steps})
	if err != nil || got != wantOCRA || got < 2 || m.Step != center {
		t.Errorf("OCRA: %+v, %d places, %v; want %d", m, got, err, wantOCRA)
	}
}
