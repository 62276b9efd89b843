package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type readingPage struct {
	actPage
	course
}

// readingForm asks for the counter or the clock that the token shows (F-4.5,
// manual).
func (c *console) readingForm(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	i, ok, err := c.warrant(v, x.Device.Customer)
	if err != nil || !ok {
		return err
	}
	k, err := c.courseOf(v, x, "reading")
	if err == nil && k.ByHand == "" {
		err = fault.Conflictf("token.reading_off", "The policy %s takes nothing read off tokens: use codes of the token.", k.Policy)
	}
	if err != nil {
		return c.barred(v, x.subject(), err)
	}
	p := readingPage{actPage: v.tokenAct("reading", x), course: k}
	p.Identified = v.standingOf(i)
	if k.Clock && v.form.Value("date") == "" {
		v.form.Set("date", v.now.UTC().Format(time.DateOnly))
	}
	p.Facts = append(p.Facts, v.known(k.Course)...)
	return v.narrow("reading", p.Title(), p)
}

// known says what the server believes of where the key stands.
func (v *visit) known(k token.Course) (facts []ui.Fact) {
	if k.Counter {
		facts = append(facts, ui.Fact{Name: v.t.T("console.key.counter"), Value: v.t.Number(k.Key.Next), Mono: true, Note: v.t.T("console.do.reading.counter_known")})
	}
	if k.Clock {
		facts = append(facts, ui.Fact{Name: v.t.T("console.do.reading.now"), Value: v.now.UTC().Format("2006-01-02 15:04:05"), Mono: true, Note: v.t.T("console.do.reading.now_note")})
	}
	return facts
}

// reading takes what was read. Nothing proves it: that is said.
func (c *console) reading(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	target, why, err := c.ordered(v, x)
	if err != nil {
		return err
	}
	in := token.Reading{Target: target, Policy: v.form.Value("policy")}
	v.readCounter(&in)
	v.readClock(&in)
	if !v.form.OK() {
		return c.readingForm(v)
	}
	out, err := c.Upkeep.ResyncByHand(v.ctx(), v.s.Actor(), why, in)
	if err != nil {
		return c.refused(v, x.subject(), renamed(err, "clock", "time"), c.readingForm)
	}
	if out.Wait > 0 {
		v.kit.Flash(v.w, ui.Warn, "console.do.reading.done_wait", "how", v.moved(out.Moved, out.Drift), "span", v.t.Span(out.Wait))
	} else {
		v.kit.Flash(v.w, ui.Warn, "console.do.reading.done", "how", v.moved(out.Moved, out.Drift))
	}
	return v.to(x.path())
}

// readCounter reads the digits that the token shows, with what stands around them.
func (v *visit) readCounter(in *token.Reading) {
	typed := v.form.Value("counter")
	if typed == "" {
		return
	}
	n, err := strconv.ParseInt(onlyDigits(typed), 10, 64)
	if err != nil {
		v.form.Fail("counter", v.t.T("console.do.reading.bad_counter"))
		return
	}
	in.Counter = &n
}

// readClock reads date and time in UTC, however the token divides them.
func (v *visit) readClock(in *token.Reading) {
	typed := v.form.Value("time")
	if typed == "" {
		return
	}
	clock := onlyDigits(typed)
	if len(clock) == len("1504") {
		clock += "00"
	}
	at, err := time.ParseInLocation("20060102150405", onlyDigits(v.form.Value("date"))+clock, time.UTC)
	if err != nil {
		v.form.Fail("time", v.t.T("console.do.reading.bad_clock"))
		return
	}
	in.Clock = at
}

// onlyDigits drops everything else.
func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
