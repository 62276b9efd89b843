package lab

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Shop is a counter at which somebody pays with a phone that needs another device for it. The phone, the other device, the till and the network behind it are
// emulated; what is paid is the issuer's word.
type Shop interface {
	// Look tells how things stand.
	Look(ctx context.Context) (ShopState, error)
	// Pay has the phone pay. What goes wrong on the way is a part of the receipt.
	Pay(ctx context.Context, s Sale) error
	// Renew has the phone ask for its next key.
	Renew(ctx context.Context) error
}

// Sale is a payment, and who tries it.
type Sale struct {
	Amount int64 // of a euro's hundredth parts
	Web    bool  // in a shop on the web
	Watch  bool  // on the wrist of whoever pays
	Stolen bool  // a thief has the phone, far from everything
	PIN    string
}

// ShopState is how things stand at the counter.
type ShopState struct {
	Owner    string
	Last4    string // of the token; "" when the phone has none
	Card     string // last four digits of the card
	Keys     []ShopKey
	Wants    bool // the phone should ask for its next key
	Receipts []ShopReceipt
}

// ShopKey is a limited-use key of the phone, and what it has left by the phone's own count.
type ShopKey struct {
	Index          string
	Used, Uses     int
	Charged, Limit int64 // of a euro's hundredth parts
	Until          time.Time
}

// ShopReceipt is what became of a payment.
type ShopReceipt struct {
	Sale

	At       time.Time
	Outcome  string // approved, partial, declined, absent, worn, pin, refused
	Approval string
	Trace    string
	Approved int64
	Reason   string // the issuer's, which the till never learns
	Detail   string
	Steps    []ShopStep
}

// ShopStep is a message on the way.
type ShopStep struct {
	What  string // first, second, final, data, stand_in, request, answer
	Octet string // what travels, in hexadecimal digits; "" where it is not shown
}

// shopView is the counter as its page draws it.
type shopView struct {
	ShopState

	Amounts []int64
	Chosen  Sale
	Last    *receiptView
	Before  []receiptView
	Rows    []wearView
}

type receiptView struct {
	ShopReceipt

	Badge     ui.Badge
	Sum, Paid string // as people write them
}

type wearView struct {
	ShopKey

	Times, Money ui.Meter
}

func shopAmounts() []int64 { return []int64{420, 3800, 18_000} }

func noShop() error {
	return fault.NotFoundf("lab.no_shop", "There is no shop here: it comes with the demo.")
}

// shop shows the counter.
func (l *lab) shop(w http.ResponseWriter, r *http.Request) error {
	if l.till == nil {
		return noShop()
	}
	state, err := l.till.Look(r.Context())
	if err != nil {
		return err
	}
	t := l.kit.Locale(r)
	v := shopView{ShopState: state, Amounts: shopAmounts(), Chosen: Sale{Amount: shopAmounts()[0], Watch: true}}
	for i, x := range state.Receipts {
		tone := map[string]ui.Tone{"approved": ui.Good, "partial": ui.Info, "declined": ui.Bad, "refused": ui.Bad, "pin": ui.Bad}[x.Outcome]
		if tone == "" {
			tone = ui.Warn
		}
		rv := receiptView{x, ui.Badge{Tone: tone, Text: t.T("lab.shop.outcome." + x.Outcome)}, euro(t, x.Amount), euro(t, x.Approved)}
		if i == 0 {
			v.Last, v.Chosen = &rv, x.Sale
			continue
		}
		v.Before = append(v.Before, rv)
	}
	for _, k := range slices.Backward(state.Keys) {
		v.Rows = append(v.Rows, wearView{
			k,
			ui.Meter{Label: t.T("lab.shop.uses"), Value: k.Used, Max: k.Uses, Tone: wear(int64(k.Used), int64(k.Uses)), Text: t.T("lab.shop.of", "n", k.Used, "top", k.Uses)},
			ui.Meter{Label: t.T("lab.shop.spent"), Value: int(k.Charged / 100), Max: int(k.Limit / 100), Tone: wear(k.Charged, k.Limit), Text: t.T("lab.shop.of", "n", euro(t, k.Charged), "top", euro(t, k.Limit))},
		})
	}
	return l.kit.Render(w, r, ui.Page{Name: "shop", Title: t.T("lab.shop.title"), Width: ui.Wide, Data: &v})
}

// wear is how a meter of what is used up looks.
func wear(n, top int64) ui.Tone {
	switch {
	case n >= top:
		return ui.Bad
	case 10*n >= 8*top:
		return ui.Warn
	}
	return ui.Good
}

// euro is an amount as people write it.
func euro(t *ui.Locale, cents int64) string { return t.Money(cents, 2, "EUR") }

// useShop pays, or has the phone ask for a key.
func (l *lab) useShop(w http.ResponseWriter, r *http.Request) error {
	if l.till == nil {
		return noShop()
	}
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	if f.Value("act") == "renew" {
		err = l.till.Renew(r.Context())
	} else {
		err = l.till.Pay(r.Context(), readSale(f.Value))
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/shop#done", http.StatusSeeOther)
	return nil
}

// readSale reads a sale from a form: what makes no sense is as it was at first.
func readSale(value func(string) string) Sale {
	s := Sale{Amount: shopAmounts()[0], Web: value("where") == "web", Stolen: value("who") == "thief", Watch: value("watch") == "on"}
	if n, err := strconv.ParseInt(value("amount"), 10, 64); err == nil && slices.Contains(shopAmounts(), n) {
		s.Amount = n
	}
	if pin := value("pin"); len(pin) >= 4 && len(pin) <= 12 {
		s.PIN = pin
	}
	return s
}
