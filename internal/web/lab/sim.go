package lab

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// SIMs are the SIM cards in the phones of the lab. They live in a process of their own; what is
// known here is what their screens show.
type SIMs interface {
	All(ctx context.Context) ([]simcard.Shown, error)
	Look(ctx context.Context, number string) (simcard.Shown, error)
	Press(ctx context.Context, number string, screen int, k simcard.Key) (simcard.Shown, error)
	Swap(ctx context.Context, number, iccid string) (simcard.Shown, error)
}

// simView is the SIM of a phone as its page draws it.
type simView struct {
	simcard.Shown

	Away  bool // its process does not answer
	Asks  bool // it has the whole screen
	Says  bool // how the last request ended, above the messages
	Dots  []bool
	Pad   []string // digits to press
	Codes []choiceView
	Spare string // ICCID of a card without number, which could take its place; "" for none
}

// choiceView is a control code that can be picked.
type choiceView struct{ Key, Code string }

// Has reports whether a key does something now.
func (v *simView) Has(key string) bool { return slices.Contains(v.Screen.Keys, simcard.Key(key)) }

// sim draws the SIM of a number; nil when there is none.
func (l *lab) sim(ctx context.Context, number string) *simView {
	if l.sims == nil {
		return nil
	}
	shown, err := l.sims.Look(ctx, number)
	switch {
	case errors.Is(err, simcard.ErrNoCard):
		return nil
	case err != nil:
		return &simView{Away: true}
	}
	v := drawSIM(shown)
	v.Spare = l.spare(ctx)
	return v
}

// spare is a card that has no number yet.
func (l *lab) spare(ctx context.Context) string {
	all, err := l.sims.All(ctx)
	if err != nil {
		return ""
	}
	for _, s := range all {
		if s.Number == "" {
			return s.ICCID
		}
	}
	return ""
}

// swapSIM puts another card into a phone, as its owner does with a new one from the operator.
func (l *lab) swapSIM(ctx context.Context, number string) error {
	if v := l.sim(ctx, number); v == nil || v.Spare == "" {
		return fault.Conflictf("lab.no_sim", "There is no other SIM card in the lab.")
	} else if _, err := l.sims.Swap(ctx, number, v.Spare); err != nil {
		return fault.Unavailablef(err, "lab.no_sim_process", "The process with the SIM cards does not answer. Start the demo anew.")
	}
	return nil
}

func drawSIM(shown simcard.Shown) *simView {
	v := &simView{Shown: shown, Says: shown.Screen.Kind == simcard.Notice}
	v.Asks = !v.Says && shown.Screen.Kind != simcard.Idle
	if s := shown.Screen; s.Most > 0 {
		v.Pad = []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "0"}
		for i := range s.Most {
			v.Dots = append(v.Dots, i < s.Typed)
		}
	}
	for i, code := range shown.Screen.Choices {
		v.Codes = append(v.Codes, choiceView{string(rune('a' + i)), code})
	}
	return v
}

// asking are the numbers whose SIM asks something.
func (l *lab) asking(ctx context.Context) map[string]bool {
	out := map[string]bool{}
	if l.sims == nil {
		return out
	}
	all, err := l.sims.All(ctx)
	if err != nil {
		return out // their pages say so
	}
	for _, s := range all {
		out[s.Number] = s.Screen.Kind != simcard.Idle && s.Screen.Kind != simcard.Notice
	}
	return out
}

// simKeys are the keys of a phone besides its digits.
func simKeys() []simcard.Key {
	return []simcard.Key{simcard.OK, simcard.Back, simcard.Later, simcard.ReportKey, simcard.Clear, simcard.ChooseA, simcard.ChooseB, simcard.ChooseC}
}

// pressSIM presses a key on the SIM's screen that the page shows. A key for a screen that is gone, or
// one that does nothing there, changes nothing, as on a phone.
func (l *lab) pressSIM(w http.ResponseWriter, r *http.Request) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := l.look(r.Context(), r.PathValue("number"))
	if err != nil {
		return err
	}
	if v.SIM == nil {
		return fault.NotFoundf("lab.no_sim", "There is no SIM in this phone.")
	}
	screen, err := strconv.Atoi(f.Value("screen"))
	if err != nil {
		return fault.Invalidf("lab.no_screen", "The page does not say which screen the key is for.").WithField("screen")
	}
	k := simcard.Key(f.Value("key"))
	if !slices.Contains(simKeys(), k) && (len(k) != 1 || k[0] < '0' || k[0] > '9') {
		return fault.Invalidf("lab.no_key", "No phone has this key.").WithField("key")
	}
	_, err = l.sims.Press(r.Context(), v.Number, screen, k)
	switch {
	case errors.Is(err, simcard.ErrStale), errors.Is(err, simcard.ErrKey):
	case err != nil:
		return fault.Unavailablef(err, "lab.no_sim_process", "The process with the SIM cards does not answer. Start the demo anew.")
	}
	http.Redirect(w, r, v.Path, http.StatusSeeOther)
	return nil
}
