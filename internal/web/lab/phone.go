package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Phone is an emulated phone that text messages come to.
type Phone struct {
	Number string // E.164: "+436641000009"
	Label  string // whose it is or where it lies; may be empty
}

// Rack holds the phones of the lab and the center that serves them. It is safe for
// concurrent use. Texts come to it by SMPP only.
type Rack struct {
	center *smscenter.Center
	phones []Phone

	mu      sync.Mutex
	off     map[string]bool // by number
	network string
}

// The states of the telephone network, as a tool of the lab sets them.
const (
	networkGood = "good"
	networkLate = "late" // texts come after some seconds
	networkLost = "lost" // texts never come
)

// lateBy is how late a late text comes.
const lateBy = 15 * time.Second

// NewRack puts phones on a rack. The center is where their texts arrive.
func NewRack(c *smscenter.Center, phones ...Phone) (*Rack, error) {
	for _, p := range phones {
		if len(p.Number) < 2 || p.Number[0] != '+' || strings.Trim(p.Number[1:], "0123456789") != "" {
			return nil, errors.New("lab: " + p.Number + " is no number such as +436641000009")
		}
	}
	return &Rack{center: c, phones: phones, off: map[string]bool{}, network: networkGood}, nil
}

// phoneView is a phone as the pages draw it.
type phoneView struct {
	Number, Shown, Owner string
	Path                 string
	On                   bool
	Now                  time.Time
	Texts                []textView // the oldest first
	Network              string
	Late                 int      // seconds
	SIM                  *simView // nil when the phone has none
	Asks                 bool     // the SIM asks something
	Seen                 string   // of what the screen shows: another one, another screen
}

// textView is a text message.
type textView struct {
	From string
	SIM  bool // shown by the SIM, not a text message
	Body string
	Last string // the line for programs (@host #code); "" when there is none
	Code string // that it ends with
	At   time.Time
}

// look draws the phone of a number, given without its plus, with its SIM.
func (l *lab) look(ctx context.Context, digits string) (v phoneView, err error) {
	if v, err = l.handset(digits); err != nil {
		return v, err
	}
	if v.SIM = l.sim(ctx, v.Number); v.SIM != nil {
		for _, m := range v.SIM.Messages {
			v.Texts = append(v.Texts, textView{From: m.Service, SIM: true, Body: m.Text, At: m.At})
		}
		slices.SortStableFunc(v.Texts, func(a, b textView) int { return a.At.Compare(b.At) })
	}
	v.Seen, err = v.seen()
	return v, err
}

// seen names what the screen shows.
func (v *phoneView) seen() (string, error) {
	b, err := json.Marshal([]any{v.On, v.Texts, v.SIM})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8]), err
}

// handset draws the phone without its SIM.
func (l *lab) handset(digits string) (v phoneView, err error) {
	r := l.rack
	if r == nil {
		return v, noPhone()
	}
	i := slices.IndexFunc(r.phones, func(p Phone) bool { return p.Number[1:] == digits })
	if i < 0 {
		return v, noPhone()
	}
	p := r.phones[i]
	r.mu.Lock()
	v = phoneView{
		Number: p.Number, Shown: spaced(p.Number), Owner: p.Label, Path: "/phones/" + digits, On: !r.off[p.Number], Now: l.now(),
		Network: r.network, Late: int(lateBy / time.Second),
	}
	r.mu.Unlock()
	for _, s := range r.center.Inbox(p.Number) {
		v.Texts = append(v.Texts, readText(s))
	}
	return v, nil
}

func noPhone() error {
	return fault.NotFoundf("lab.no_phone", "There is no phone with this number on the rack.")
}

// readText sets the last line of a text apart: browsers read it, people need not.
func readText(s smscenter.SMS) textView {
	v := textView{From: s.From, Body: s.Text, At: s.At}
	i := strings.LastIndexByte(s.Text, '\n')
	if last := s.Text[i+1:]; i >= 0 && strings.HasPrefix(last, "@") {
		v.Body, v.Last = strings.TrimRight(s.Text[:i], "\n"), last
		_, v.Code, _ = strings.Cut(last, "#")
	}
	return v
}

// spaced writes a number in groups, as people do.
func spaced(number string) string {
	head, rest := number[:min(3, len(number))], number[min(3, len(number)):]
	out := head
	for len(rest) > 4 {
		out, rest = out+" "+rest[:3], rest[3:]
	}
	return out + " " + rest
}

// phone shows one phone in the hand.
func (l *lab) phone(w http.ResponseWriter, r *http.Request) error {
	v, err := l.look(r.Context(), r.PathValue("number"))
	if err != nil {
		return err
	}
	if r.URL.Query().Get("seen") == v.Seen { // nothing moves away under a finger
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return l.kit.Render(w, r, ui.Page{Name: "phone", Title: l.kit.Locale(r).T("lab.phone.title", "number", v.Shown), Width: ui.Wide, Live: true, Data: v})
}

// usePhone does what the button of a phone does, or a tool of the network.
func (l *lab) usePhone(w http.ResponseWriter, r *http.Request) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := l.handset(r.PathValue("number"))
	if err != nil {
		return err
	}
	switch act := f.Value("act"); act {
	case "on", "off":
		l.rack.power(v.Number, act == "on")
	case "clear":
		l.rack.center.Clear(v.Number)
	case "swap":
		if err := l.swapSIM(r.Context(), v.Number); err != nil {
			return err
		}
	case networkGood, networkLate, networkLost:
		l.rack.set(act)
	default:
		return fault.Invalidf("lab.no_tool", "There is no such tool, or the number is out of its range.").WithField("act")
	}
	http.Redirect(w, r, v.Path, http.StatusSeeOther)
	return nil
}

// power turns a phone on or off; texts wait in the network meanwhile.
func (r *Rack) power(number string, on bool) {
	r.mu.Lock()
	r.off[number] = !on
	r.mu.Unlock()
	r.center.Switch(number, on)
}

// set changes what the network does with the texts from now on, of all phones.
func (r *Rack) set(network string) {
	r.mu.Lock()
	r.network = network
	r.mu.Unlock()
	switch network {
	case networkLate:
		r.center.Always(smscenter.Fate{Delay: lateBy})
	case networkLost:
		r.center.Always(smscenter.Fate{Drop: true})
	default:
		r.center.Always(smscenter.Fate{})
	}
}
