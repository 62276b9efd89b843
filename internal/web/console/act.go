package console

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// actPage explains an act before it is done: what it is about, what it will do,
// and what it needs.
type actPage struct {
	*visit
	Key        string // of its texts, below console.do
	Of, Back   string // what it is about, and its page
	Facts      []ui.Fact
	Effects    []string
	Identified *standing // what it relies on; nil when it needs no identification
	Reason     string    // "required", "optional" or "" for none
	Final      bool      // it cannot be undone
	Last       bool      // it may leave the customer without a token that can be used
	Owner      string    // id of the owner that the page was shown for
	Ends       bool      // it sets a day
	Missing    string    // what must be there first, in place of the button; "" for nothing
	Pick       *picker   // what it is done with, where there is a choice; nil: none
	Fresh      string    // id of what it makes; "" for nothing
}

// picker is a choice in the form of an act.
type picker struct {
	Name, Label string
	Options     []ui.Choice
}

// act starts the page of an act.
func (v *visit) act(key, of, back string) actPage {
	return actPage{visit: v, Key: key, Of: of, Back: back, Effects: v.effects(key), Reason: "required"}
}

// effects lists what an act will do.
func (v *visit) effects(key string) (all []string) {
	for i := 1; ; i++ {
		text := "console.do." + key + ".effect_" + strconv.Itoa(i)
		if !v.t.Has(text) {
			return all
		}
		all = append(all, v.t.T(text))
	}
}

func (p actPage) text(part string) string { return p.t.T("console.do." + p.Key + "." + part) }

// Title says what the act is.
func (p actPage) Title() string { return p.text("title") }

// Button says what pressing it does.
func (p actPage) Button() string { return p.text("button") }

// Action is where the form goes: to the page that shows it.
func (p actPage) Action() string { return p.r.URL.Path }

// showAct shows the page of an act.
func (v *visit) showAct(p actPage) error { return v.narrow("act", p.Title(), p) }
