package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// lately is how many identifications the page shows.
const lately = 5

// What was ticked for a question; nothing when it was not asked.
const (
	answerRight = "right"
	answerWrong = "wrong"
)

type identifyPage struct {
	*visit
	Customer  customer.Customer
	Fresh     string // id of what will be recorded
	Next      string // the act that waits for it; "" for none
	Purpose   string // what that is, in words; "" when not known
	Questions []question
	Ways      []ui.Choice
	Needed    int
	Valid     time.Duration
	Left      int       // failed identifications before a pause
	Blocked   time.Time // until when nobody can be identified as the customer; zero: not blocked
	Current   *standing // one that the visitor may act on; nil for none
	Recent    []ui.Event
}

// question is one of the policy's, in the reader's language.
type question struct {
	N            int
	Code, Text   string
	Right, Wrong bool // what was ticked
}

// standing is an identification that acts may rely on.
type standing struct {
	Since, Until time.Time
	Left         time.Duration
}

// standingOf returns the identification in words; nil when it is none.
func (v *visit) standingOf(i identification.Identification) *standing {
	if !i.Good(v.now) {
		return nil
	}
	return &standing{i.At, i.Until, i.Until.Sub(v.now)}
}

// identifyForm shows the questions of the policy.
func (c *console) identifyForm(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	v.form.Set("next", v.query("next"))
	return c.showIdentify(v, cu)
}

func (c *console) showIdentify(v *visit, cu customer.Customer) error {
	sheet, err := c.Identification.Sheet(v.ctx(), v.s.Actor(), cu.ID, lately)
	if err != nil {
		return err
	}
	p := identifyPage{
		visit: v, Customer: cu, Fresh: v.form.Value("id"), Next: local(v.form.Value("next")),
		Needed: sheet.Rule.Needed, Valid: sheet.Rule.Valid, Left: sheet.Left, Blocked: sheet.BlockedUntil, Current: v.standingOf(sheet.Current),
	}
	if p.Fresh == "" {
		p.Fresh = ident.New(v.now, c.Rand).String()
	}
	p.Purpose = v.purpose(p.Next)
	p.Questions = v.questions(sheet.Rule.Questions)
	for _, w := range identification.Ways() {
		p.Ways = append(p.Ways, ui.Choice{Value: string(w), Text: v.t.T("console.identify.ways." + string(w))})
	}
	if v.form.Value("way") == "" {
		v.form.Set("way", string(identification.Call))
	}
	if p.Recent, err = c.identifications(v, sheet.Recent); err != nil {
		return err
	}
	return v.render("identify", v.t.T("console.identify.title"), p)
}

// questions puts what was ticked to the policy's questions, by their codes: the
// policy may have changed since the form was shown.
func (v *visit) questions(rule []policy.Question) (all []question) {
	ticked := map[string]string{}
	for i, code := range v.form.All("question") {
		ticked[code] = v.form.Value(answerField(i))
	}
	for i, q := range rule {
		text := q.Text[v.t.Lang()]
		if text == "" {
			text = q.Text["en"]
		}
		all = append(all, question{N: i, Code: q.Code, Text: text, Right: ticked[q.Code] == answerRight, Wrong: ticked[q.Code] == answerWrong})
	}
	return all
}

func answerField(i int) string { return "answer-" + strconv.Itoa(i) }

// identifications turns the last ones into a timeline.
func (c *console) identifications(v *visit, all []identification.Identification) (out []ui.Event, err error) {
	n := c.names(v)
	for _, i := range all {
		e := ui.Event{
			At: i.At, Tone: ui.Good, Icon: "badge-check", Title: v.t.T("console.identify.passed"),
			Text: v.t.T("console.identify.ways."+string(i.Way)) + " · " + v.t.T("console.identify.score", "right", i.Right(), "asked", len(i.Answers)),
		}
		if !i.Passed() {
			e.Tone, e.Icon, e.Title = ui.Bad, "circle-alert", v.t.T("console.identify.failed")
		}
		if e.Who, err = n.of(v.ctx(), i.By.String()); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// identify records what was ticked, and leads to the act that waits for it.
func (c *console) identify(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	in := identification.Attempt{Customer: cu.ID, Way: identification.Way(v.form.Value("way"))}
	if in.ID, err = ident.Parse(v.form.Value("id")); err != nil {
		return fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
	}
	for i, code := range v.form.All("question") {
		if a := v.form.Value(answerField(i)); a == answerRight || a == answerWrong {
			in.Answers = append(in.Answers, identification.Answer{Question: code, Right: a == answerRight})
		}
	}
	again := func(v *visit) error { return c.showIdentify(v, cu) }
	if len(in.Answers) == 0 {
		v.form.Fail("", v.t.T("console.identify.nothing"))
		return again(v)
	}
	got, err := c.Identification.Record(v.ctx(), v.s.Actor(), in)
	if err != nil {
		return v.again(err, again)
	}
	if !got.Passed() {
		return c.notIdentified(v, cu, got)
	}
	next := local(v.form.Value("next"))
	if next == "" {
		next = customerPath(cu.ID)
	}
	return v.done(next, "console.identify.done", "time", v.t.Time(got.Until))
}

// notIdentified says that too few answers were right, over an empty form: what was
// answered wrong is not to be tried again.
func (c *console) notIdentified(v *visit, cu customer.Customer, got identification.Identification) error {
	way, next := v.form.Value("way"), v.form.Value("next")
	v.form = ui.NewForm(nil)
	v.form.Set("way", way)
	v.form.Set("next", next)
	v.form.Fail("", v.t.T("console.identify.refused", "right", got.Right(), "needed", got.Needed))
	return c.showIdentify(v, cu)
}

// local is an address of this console that a form may lead on to; "" for any other.
func local(next string) string {
	if next == "" || ui.Local(next) != next {
		return ""
	}
	return next
}

// purpose says what the act at an address is; "" when it is none that waits for an
// identification.
func (v *visit) purpose(next string) string {
	path, _, _ := strings.Cut(next, "?")
	path = strings.TrimSuffix(path, "/new") // "/customers/ID/codes/new" makes one of the codes
	act := path[strings.LastIndexByte(path, '/')+1:]
	if key := "console.do." + act + ".purpose"; v.t.Has(key) {
		return v.t.T(key)
	}
	return ""
}

// Back is where somebody goes who does not identify the customer.
func (p identifyPage) Back() string {
	if p.Next != "" {
		path, _, _ := strings.Cut(p.Next, "?")
		return parent(path)
	}
	return customerPath(p.Customer.ID)
}

// Title names the customer.
func (p identifyPage) Title() string { return title(p.Customer) }

func customerPath(id ident.ID) string { return "/customers/" + id.String() }
