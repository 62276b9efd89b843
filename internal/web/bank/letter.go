package bank

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Letters is the bank's post: what it has sent to its customers on paper. The
// demonstration has it in memory and adds what arrives by webhook, such as the second
// halves of activation codes.
type Letters interface {
	// Letters returns all letters; their order does not matter.
	Letters(ctx context.Context) ([]Letter, error)
}

// LetterKind says what a letter brings.
type LetterKind string

// Kinds of letters.
const (
	LetterWelcome    LetterKind = "welcome"    // the customer ID
	LetterActivation LetterKind = "activation" // an activation code, or a half of it
	LetterToken      LetterKind = "token"      // a parcel with a hardware token
)

// Letter is one letter or parcel.
type Letter struct {
	ID      string // in the address of its page: letters, digits, "-" and "_"; tells nothing
	Kind    LetterKind
	Posted  time.Time
	Name    string   // of the customer
	Address []string // lines below the name; may be empty

	Customer string    // customer ID; for LetterWelcome
	Code     string    // for LetterActivation, as it is to be typed
	Half     int       // 1 or 2 when Code is a half; 0: it is whole
	Expires  time.Time // of Code; zero: not said
	Serial   string    // of the token; for LetterToken
}

// Picture is the icon of the letter in the list.
func (l Letter) Picture() string {
	switch l.Kind {
	case LetterActivation:
		return "key-round"
	case LetterToken:
		return "package"
	case LetterWelcome:
	}
	return "mail"
}

// Text is the key of the letter's texts.
func (l Letter) Text() string {
	switch {
	case l.Kind == LetterActivation && l.Half == 1:
		return "bank.letter.first"
	case l.Kind == LetterActivation && l.Half == 2:
		return "bank.letter.second"
	case l.Kind == LetterActivation, l.Kind == LetterToken:
		return "bank.letter." + string(l.Kind)
	}
	return "bank.letter.welcome"
}

// letterBox shows what was posted, newest first. It looks again by itself, where
// there is JavaScript: second halves arrive later.
func (b *bank) letterBox(w http.ResponseWriter, r *http.Request) error {
	all, err := b.letters.Letters(r.Context())
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(x, y Letter) int {
		if c := y.Posted.Compare(x.Posted); c != 0 {
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
	return b.kit.Render(w, r, ui.Page{Name: "letters", Title: b.kit.Locale(r).T("bank.letters.title"), Data: all, Live: true})
}

// letterData is an opened letter.
type letterData struct {
	Letter

	Lab string // address of the device lab; may be empty
}

// letter shows one letter, opened.
func (b *bank) letter(w http.ResponseWriter, r *http.Request) error {
	all, err := b.letters.Letters(r.Context())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(l Letter) bool { return l.ID == r.PathValue("letter") })
	if i < 0 {
		return fault.NotFoundf("page", "There is no page at this address.")
	}
	t := b.kit.Locale(r)
	return b.kit.Render(w, r, ui.Page{Name: "letter", Title: t.T(all[i].Text() + ".title"), Data: letterData{all[i], b.lab}})
}
