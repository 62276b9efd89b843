package lab

import (
	"context"
	"net/http"
	"time"

	emulator "github.com/countersign-auth/countersign/emulator/mobiletoken"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// mobileView is a phone with the bank's app as its page draws it.
type mobileView struct {
	Mobile

	Path    string
	Token   bool      // there is one
	Serial  string    // of the token
	Waits   string    // what the new phone shows, to be compared; "" when nothing is
	Inbox   []askView // what waits for an answer
	Away    string    // why the inbox cannot be read; "" when it can
	Code    string    // that the app shows now
	Content *emulator.Content
	Picture bool // the code answers a picture
	Now     time.Time
}

// askView is an approval that waits.
type askView struct {
	emulator.Prompt

	Shown emulator.Content
}

// mobiles draws the phones for the shelf.
func (l *lab) mobilePhones() (all []mobileView) {
	if l.mobiles == nil {
		return nil
	}
	for _, x := range l.mobiles.Phones {
		all = append(all, mobileView{Mobile: x, Path: "/mobiles/" + x.ID})
	}
	return all
}

// mobile shows a phone with the bank's app. To open it is to have it check for news.
func (l *lab) mobile(w http.ResponseWriter, r *http.Request) error {
	return l.showMobile(w, r, ui.NewForm(nil), mobileView{})
}

func (l *lab) showMobile(w http.ResponseWriter, r *http.Request, f *ui.Form, v mobileView) (err error) {
	if l.mobiles == nil {
		return noPhone()
	}
	if v.Mobile, err = l.mobiles.find(r.PathValue("id")); err != nil {
		return err
	}
	v.Path, v.Now = "/mobiles/"+v.ID, l.now()
	err = l.mobiles.use(v.Mobile, l.mobiles.HTTP, func(a *emulator.App) error {
		if t := token(a); t != nil {
			v.Token, v.Serial = true, t.Serial
			v.look(r.Context(), a, t)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.kit.Render(w, r, ui.Page{Name: "mobile", Title: l.kit.Locale(r).T("lab.mobile.title", "name", v.Label), Width: ui.Wide, Form: f, Data: v})
}

// look reads the inbox.
func (v *mobileView) look(ctx context.Context, a *emulator.App, t *emulator.Token) {
	if t.TokenID == "" { // its first code is awaited
		return
	}
	all, err := a.Line(t).Inbox(ctx)
	if err != nil {
		v.Away = told(err)
		return
	}
	for _, p := range all {
		c, err := emulator.ParseContent(p.Content)
		if err != nil {
			v.Away = told(err)
			continue
		}
		v.Inbox = append(v.Inbox, askView{p, c})
	}
}

// useMobile does what a person does with the app.
func (l *lab) useMobile(w http.ResponseWriter, r *http.Request) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	if l.mobiles == nil {
		return noPhone()
	}
	x, err := l.mobiles.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	var v mobileView
	said := ""
	failed := l.mobiles.use(x, l.mobiles.HTTP, func(a *emulator.App) error {
		said, err = l.actMobile(r.Context(), x, a, f, &v)
		return err
	})
	if failed != nil {
		f.Fail("", told(failed))
	}
	if v.Code != "" || v.Waits != "" || failed != nil {
		return l.showMobile(w, r, f, v)
	}
	tone := ui.Good
	if said == "refused" || said == "gone" {
		tone = ui.Warn
	}
	l.kit.Flash(w, tone, "lab.mobile.did."+said)
	http.Redirect(w, r, "/mobiles/"+x.ID, http.StatusSeeOther)
	return nil
}

// actMobile carries one act out, and returns what is said about it.
func (l *lab) actMobile(ctx context.Context, x Mobile, a *emulator.App, f *ui.Form, v *mobileView) (said string, err error) {
	pin := f.Value("pin")
	if f.Value("act") == "activate" {
		t, err := a.Activate(ctx, l.mobiles.Server, x.Application, f.Value("typed"), pin, mobileModel())
		return "activate", v.compared(t, pin, err)
	}
	t := token(a)
	if t == nil {
		return "", noToken()
	}
	line := a.Line(t)
	switch f.Value("act") {
	case "confirm":
		return "activate", v.compared(t, pin, a.Confirm(ctx, t, pin, mobileModel()))
	case "code":
		v.Code, err = t.Code(pin, l.now())
		return "", err
	case "picture":
		return "", v.read(t, f.Value("picture"), pin, l.now())
	case "forget":
		a.Storage = emulator.Storage{}
		return "forget", nil
	}
	return answerMobile(ctx, line, f)
}

// compared has the phone show its comparison code while the bank waits for it.
func (v *mobileView) compared(t *emulator.Token, pin string, err error) error {
	if t == nil || !emulator.Is(err, "token.not_compared") {
		return err
	}
	v.Waits, err = t.Comparison(pin)
	return err
}

// read shows what a picture says, and the answer to it.
func (v *mobileView) read(t *emulator.Token, picture, pin string, now time.Time) error {
	content, err := t.ReadPicture(picture)
	if err != nil {
		return err
	}
	c, err := emulator.ParseContent(content)
	if err != nil {
		return err
	}
	v.Content, v.Picture = &c, true
	v.Code, err = t.Answer(pin, content, "", now)
	return err
}

// answerMobile approves or refuses what waits.
func answerMobile(ctx context.Context, line emulator.Line, f *ui.Form) (said string, err error) {
	all, err := line.Inbox(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range all {
		if p.ID != f.Value("prompt") {
			continue
		}
		switch f.Value("act") {
		case "approve":
			out, err := line.Approve(ctx, p, f.Value("pin"), f.Value("control"))
			if err == nil && !out.Accepted {
				return "refused", nil
			}
			return "approve", err
		case "refuse", "report":
			_, err = line.Refuse(ctx, p, f.Value("act") == "report")
			return f.Value("act"), err
		}
	}
	return "gone", nil
}
