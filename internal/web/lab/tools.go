package lab

import (
	"net/http"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Limits of the tools.
const (
	farthest = 100 * 365 * 24 * time.Hour // a clock from the true time
	fastest  = 1000                       // parts per million
	presses  = 10_000
)

// tools applies a tool of the bench: what no key can do.
func (l *lab) tools(w http.ResponseWriter, r *http.Request) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	n, err := amount(f)
	if err != nil {
		return err
	}
	return l.change(w, r, func(tok *hardtoken.Token) error { return l.apply(tok, f.Value("tool"), n) })
}

// amount reads how much a tool is to do: by, multiplied by many units of time if
// the form has such fields.
func amount(f *ui.Form) (int64, error) {
	n, err := strconv.ParseInt(f.Value("by"), 10, 64)
	if err != nil {
		return 0, fault.Invalidf("lab.no_number", "Give a whole number.").WithField("by").WithCause(err)
	}
	if f.Value("many") == "" {
		return n, nil
	}
	many, err := strconv.ParseInt(f.Value("many"), 10, 64)
	per := seconds(f.Value("unit"))
	most := int64(farthest / time.Second)
	if err != nil || per == 0 || many < 0 || many > most/per || n != 1 && n != -1 {
		return 0, fault.Invalidf("lab.no_number", "Give a whole number of seconds, minutes, hours, days or years, at most 100 years.").WithField("many").WithCause(err)
	}
	return n * many * per, nil
}

// units are the units of time that the clock can be moved by.
func units() []string { return []string{"second", "minute", "hour", "day", "year"} }

// seconds is how long a unit is; 0 if there is none of this name.
func seconds(unit string) int64 {
	return map[string]int64{"second": 1, "minute": 60, "hour": 3600, "day": 86400, "year": 365 * 86400}[unit]
}

func (l *lab) apply(tok *hardtoken.Token, tool string, n int64) error {
	ahead := tok.Clock().Sub(l.now())
	within := func(top int64) bool { return -top <= n && n <= top }
	switch {
	case tool == "shift" && within(int64(farthest/time.Second)):
		d := time.Duration(n) * time.Second
		if (ahead + d).Abs() > farthest {
			return fault.Invalidf("lab.too_far", "A clock can be off by at most 100 years.").WithField("by")
		}
		tok.Shift(d)
	case tool == "exact" && n == 0:
		tok.Shift(-ahead)
	case tool == "drift" && within(fastest):
		tok.SetDrift(float64(n))
	case tool == "skip" && within(presses) && n > 0:
		for _, f := range tok.Model().Functions {
			if f.Counts() {
				tok.Skip(f.Name, uint64(n))
			}
		}
	default:
		return fault.Invalidf("lab.no_tool", "There is no such tool, or the number is out of its range.").WithField("tool")
	}
	return nil
}
