package mobileid

import (
	"errors"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Bounds of what a provider may call things.
const (
	maxRef     = 64
	maxPurpose = 40
	maxMIME    = 100
	minTTL     = 30 * time.Second
)

// complete fills what a request does not say, and judges its form before anybody is looked up.
func (in *Request) complete(set *policy.Set) error {
	x := set.MobileID
	if in.TTL == 0 {
		in.TTL = x.TTL
	}
	if in.Form == 0 {
		in.Form = applet.Attributed
	}
	if in.Provider.Name == "" {
		in.Provider.Name = x.Service
	}
	switch {
	case in.TTL < minTTL || in.TTL > x.MaxTTL:
		return fault.Invalidf("mobileid.ttl", "A person may be given %s to %s to answer.", minTTL, x.MaxTTL).WithField("/ttl")
	case !in.Role.Valid() || !in.Provider.May(in.Role):
		return fault.Deniedf("mobileid.role", "You may not ask for signatures of this kind.").WithField("/role")
	case in.Form != applet.Attributed && in.Form != applet.Plain:
		return fault.Invalidf("mobileid.form", "A signature is a CMS or a PKCS #1 signature.").WithField("/form")
	case in.Control > applet.TypedControl:
		return fault.Invalidf("mobileid.control", "There is no such way to compare the control code.").WithField("/control")
	case !short(in.Ref, maxRef) || !short(in.Purpose, maxPurpose) || !short(in.Content.MIME, maxMIME):
		return fault.Invalidf("mobileid.names", "Your own name of the request has at most %d printable characters, its purpose %d, a media type %d.", maxRef, maxPurpose, maxMIME)
	}
	return in.readable()
}

// short reports whether a text is printable, and not too long.
func short(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// readable judges what is shown and signed. Faults: "mobileid.text", "mobileid.too_long",
// "mobileid.prefix", "mobileid.event", "mobileid.content" (Invalid).
func (in *Request) readable() error {
	p := in.Provider
	switch {
	case in.Content.Document && in.Content.Text != "" || !in.Content.Document && in.Content.Digest != [32]byte{}:
		return fault.Invalidf("mobileid.content", "What is to be signed is a text, or a document of which there is a digest, and not both.").WithField("/content")
	case in.Content.Document && in.Content.Digest == [32]byte{}:
		return fault.Invalidf("mobileid.content", "The digest of the document is missing.").WithField("/content")
	case in.Text == "" && in.Content.Text == "" && !in.Content.Document:
		return fault.Invalidf("mobileid.missing", "There is nothing to be shown and signed.").WithField("/text")
	case p.Prefix != "" && !strings.HasPrefix(in.shownFirst(), p.Prefix):
		return fault.Invalidf("mobileid.prefix", "Every text that you have shown must begin with %q.", p.Prefix).WithField("/text")
	}
	for _, x := range [...]struct {
		text, field string
		most        int
	}{{in.Text, "/text", p.MaxText}, {in.Content.Text, "/content", p.MaxContent}} {
		if _, gsm := applet.Length(x.text); p.GSM && !gsm {
			return fault.Invalidf("mobileid.text", "Only characters of the GSM alphabet (3GPP TS 23.038) are shown.").WithField(x.field)
		}
		if applet.Unmistakable(x.text) != nil {
			return fault.Invalidf("mobileid.text", "People may take this text for another one: it mixes scripts or directions of writing in one place, or digits of two kinds, or marks that no script writes.").WithField(x.field)
		}
		if x.most > 0 && utf8.RuneCountInString(x.text) > x.most {
			return fault.Invalidf("mobileid.too_long", "The text has %d characters; at most %d are allowed.", utf8.RuneCountInString(x.text), x.most).WithField(x.field)
		}
	}
	c := in.command("en", applet.Transaction{1}, applet.Nonce{1})
	_, err := c.Append(nil)
	return in.explain(err)
}

// shownFirst is the text that stands below the service's name.
func (in *Request) shownFirst() string {
	if in.Text != "" {
		return in.Text
	}
	return in.Content.Text
}

// explain says what is wrong with a command.
func (in *Request) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case applet.IsTooLong(err):
		c := in.command("en", applet.Transaction{1}, applet.Nonce{1})
		n, gsm := applet.Length(c.Shown())
		if gsm {
			return fault.Invalidf("mobileid.too_long", "The phone would have to show %d characters of the GSM alphabet, where some count as two; %d fit.", n, applet.MaxSeptets).WithField("/text")
		}
		return fault.Invalidf("mobileid.too_long", "The phone would have to show %d characters, some of which are not in the GSM alphabet; %d fit.", n, applet.MaxUCS2).WithField("/text")
	case in.Event != "" && !goodEvent(in.Event):
		return fault.Invalidf("mobileid.event", "An event id has 4 to 8 letters and digits.").WithField("/event")
	}
	return fault.Invalidf("mobileid.text", "A phone may show a character of this text otherwise than it is meant, or not at all.").WithField("/text").WithCause(err)
}

func goodEvent(s string) bool {
	return len(s) >= 4 && len(s) <= 8 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// command is what the card is told.
func (in *Request) command(lang string, code applet.Transaction, nonce applet.Nonce) applet.Command {
	c := applet.Command{
		Kind: applet.Sign, Transaction: code, Role: in.Role, Text: in.Text, Service: in.Provider.Name, Form: in.Form, Nonce: nonce,
		Control: in.Control, Event: in.Event, Seconds: secondsOf(in.TTL), Language: lang,
	}
	switch {
	case in.Content.Document:
		c.Content = applet.Content{Kind: applet.Document, Digest: in.Content.Digest}
	case in.Content.Text != "" && in.Text != "" && in.Content.Text != in.Text:
		c.Content = applet.Content{Kind: applet.OwnText, Text: in.Content.Text}
	default:
		c.Text, c.Content = in.shownFirst(), applet.Content{Kind: applet.ShownText}
	}
	return c
}

// secondsOf is how long the card waits for the person: less than the packet lives, so that its
// answer can come back in time.
func secondsOf(ttl time.Duration) uint16 {
	return uint16((ttl - min(10*time.Second, ttl/4)) / time.Second) //nolint:gosec // at most an hour
}

// languageOf picks the language of the card's own words.
func languageOf(x policy.MobileID, wanted ...string) string {
	for _, w := range wanted {
		tag, err := language.Parse(w)
		if err != nil {
			continue
		}
		if base, exact := tag.Base(); exact != language.No && x.Speaks(base.String()) {
			return base.String()
		}
	}
	return x.Languages[0]
}

// draw makes the names of a transaction that nobody else may choose.
func (d *Desk) draw() (code applet.Transaction, nonce applet.Nonce, err error) {
	if _, err = io.ReadFull(d.Rand, code[:]); err == nil {
		_, err = io.ReadFull(d.Rand, nonce[:])
	}
	if code == (applet.Transaction{}) || nonce == (applet.Nonce{}) {
		err = errors.Join(err, errors.New("mobileid: no randomness"))
	}
	return code, nonce, err
}

// compose makes the transaction of a request, and the octets for the card.
func (d *Desk) compose(tx *db.Tx, in Request, s subject, set *policy.Set) (t Transaction, data []byte, err error) {
	code, nonce, err := d.draw()
	if err != nil {
		return t, nil, err
	}
	lang := languageOf(set.MobileID, in.Language, s.locale)
	c := in.command(lang, code, nonce)
	if data, err = c.Append(nil); err != nil {
		return t, nil, in.explain(err)
	}
	t = Transaction{
		Customer: s.customer, ID: ident.New(tx.Now, d.Rand), Mobile: s.mobile, Kind: Signing, Status: Asked, Provider: in.Provider.Code, Ref: in.Ref, Purpose: in.Purpose,
		Role: in.Role, Form: in.Form, Service: in.Provider.Name, Text: c.Text, Shown: c.Shown(), Content: c.Octets(), Digest: c.Digest(), Document: in.Content.Document, MIME: in.Content.MIME,
		Event: in.Event, Mode: in.Control, Control: c.ControlCode(), Language: lang, Nonce: nonce, Created: tx.Now, Expires: tx.Now.Add(in.TTL), Tries: -1,
		Authentication: in.hub.authentication, Policy: in.hub.policy, Payment: in.hub.payment, asked: in.hub.key, number: s.tag, code: code,
	}
	t.Handle = d.handle(t.Customer, t.ID)
	return t, data, nil
}

// handle is the name of a transaction for others: it begins with a letter, as the names of
// ETSI TS 102 204 do (NCName).
func (d *Desk) handle(customer, id ident.ID) string { return "m" + d.handles.Seal(customer, id) }

// row reads a handle; false for what is none.
func (d *Desk) row(handle string) (customer, id ident.ID, ok bool) {
	if !strings.HasPrefix(handle, "m") {
		return customer, id, false
	}
	return d.handles.Open(handle[1:])
}
