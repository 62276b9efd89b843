package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
)

func (w *world) member(id ident.ID) staff.Member {
	w.Helper()
	m, err := w.cfg.Staff.Get(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return m
}

func TestManageStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss, help := w.join("boss", staff.Administrator).login(), w.join("maja", staff.HelpDesk).login()
	path := "/staff/" + help.id.ID.String()
	for range 5 {
		w.visitor().post("/login", url.Values{"login": {"maja"}, "password": {"wrong"}, "code": {"000000"}})
	}
	if got := boss.open(path).One(t, "main").Text(); !strings.Contains(got, "5 of 5") || !strings.Contains(got, "Unblock") {
		t.Errorf("a blocked login: %s", got)
	}
	boss.post(path+"/do/unblock", nil)
	if n := w.member(help.id.ID).Failures.Count; n != 0 {
		t.Errorf("%d failures are left", n)
	}
	boss.post(path+"/edit", url.Values{"name": {"Maja Berg"}, "role": {"auditor"}})
	if m := w.member(help.id.ID); m.Name != "Maja Berg" || m.Role != staff.Auditor {
		t.Errorf("changed to %+v", m)
	}
	if a := boss.post(path+"/edit", url.Values{"name": {""}, "role": {"king"}}); a.code != http.StatusUnprocessableEntity {
		t.Errorf("no name and no role: %d", a.code)
	}
	boss.post(path+"/do/end", nil)
	if a := help.get("/"); a.to != "/login" {
		t.Error("the ended session goes on")
	}
	boss.post(path+"/do/disable", nil)
	if m := w.member(help.id.ID); m.Status != staff.Disabled {
		t.Errorf("disabled: %s", m.Status)
	}
	boss.post(path+"/do/enable", nil)
	help.login()
	a := boss.post(path+"/do/reset", nil)
	code := a.page.One(t, "#invitation").Attr["data-value"]
	if _, err := w.cfg.Staff.Enrollment(t.Context(), code); err != nil {
		t.Errorf("the invitation that was shown: %v", err)
	}
	if a := boss.post("/staff/"+boss.id.ID.String()+"/do/disable", nil); a.code != http.StatusUnprocessableEntity || w.member(boss.id.ID).Status != staff.Active {
		t.Errorf("the last administrator: %d", a.code)
	}
	if a := boss.get(path + "/do/promote"); a.code != http.StatusNotFound {
		t.Errorf("an act that there is not: %d", a.code)
	}
	for _, kind := range []string{"staff.unblocked", "staff.changed", "staff.disabled", "staff.enabled", "staff.reset"} {
		if e := w.audited(kind); len(e) != 1 || e[0].Actor != boss.actor() {
			t.Errorf("%s: the log has %+v", kind, e)
		}
	}
}

func TestManageClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss := w.join("boss", staff.Administrator).login()
	form := hiddenFields(boss.open("/clients/new"))
	form.Set("name", "Online banking")
	form.Set("kind", "bank")
	form["scope"] = []string{"customers:read", "authentications"}
	if a := boss.post("/clients/new", form); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-keys-error") {
		t.Errorf("neither secret nor keys: %d", a.code)
	}
	form.Set("secret", "yes")
	form.Set("rate", "many")
	if a := boss.post("/clients/new", form); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-rate-error") {
		t.Errorf("a rate that is no number: %d", a.code)
	}
	form.Set("rate", "100")
	boss.stale() // several values of one name survive the proof
	ask := boss.post("/clients/new", form)
	proved := hiddenFields(ask.page)
	proved.Set("proof-password", password)
	proved.Set("proof-code", boss.code())
	a := boss.post("/clients/new", proved)
	secret := a.page.One(t, "#client-secret").Attr["data-value"]
	id := form.Get("id")
	token := func(secret string) error {
		_, err := w.cfg.Clients.Token(t.Context(), client.Request{Form: url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}})
		return err
	}
	if err := token(secret); err != nil {
		t.Fatalf("the secret that was shown: %v", err)
	}
	path := "/clients/" + id
	page := boss.open(path)
	if text := page.One(t, "main").Text(); strings.Contains(text, secret) || !strings.Contains(text, "authentications") || !strings.Contains(text, "100 a second") {
		t.Errorf("the page says %s", text)
	}
	a = boss.post(path+"/do/rotate", nil)
	fresh := a.page.One(t, "#client-secret").Attr["data-value"]
	if fresh == secret || token(fresh) != nil || token(secret) != nil {
		t.Error("the new secret, or the old one for a day, does not work")
	}
	boss.post(path+"/do/revoke", nil)
	boss.post(path+"/do/disable", nil)
	if token(fresh) == nil {
		t.Error("a disabled application gets tokens")
	}
	boss.post(path+"/do/enable", nil)
	if err := token(fresh); err != nil {
		t.Errorf("an enabled application: %v", err)
	}
}

// TestPositionIsForThoseWhoNeedIt hides counters from auditors.
func TestPositionIsForThoseWhoNeedIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tokens("CS-1")
	for role, want := range map[staff.Role]bool{staff.HelpDesk: true, staff.SecurityOfficer: true, staff.Auditor: false} {
		p := w.join("p_"+string(role), role).login()
		for _, a := range p.open("/tokens").All("a.mono") {
			if got := strings.Contains(p.open(a.Attr["href"]).Text(), "Next counter"); got != want {
				t.Errorf("%s sees the counter: %v", role, got)
			}
		}
	}
}

func TestInviteUnderATakenID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss := w.join("boss", staff.Administrator).login()
	a := boss.post("/staff/new", url.Values{"id": {boss.id.ID.String()}, "login": {"kim"}, "name": {"Kim"}, "role": {"auditor"}})
	if a.code >= 500 || a.page.Has("#invitation") {
		t.Errorf("an id that somebody has: %d", a.code)
	}
}
