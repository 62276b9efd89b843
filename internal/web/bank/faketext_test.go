package bank_test

import (
	"fmt"
	"net/http"
	"time"
)

// fakeTexting is what the fake API knows of a customer with a password and a phone.
type fakeTexting struct {
	password string
	former   string // may not come again
	expired  bool
	phone    string // masked
	held     string // the new one, masked
	mute     bool   // no text can be sent
	denies   bool   // risk stops it after the code
	signs    bool   // after the password of a payment risk wants a token
	asks     bool   // after a token risk wants the password, too, and else a code

	sent []string // codes, the newest last
}

// fakeText is what an authentication or a registration knows of them.
type fakeText struct {
	shown   bool   // the password
	renew   bool   // it must be replaced
	asks    bool   // it is asked for after a token
	id      string // of the challenge
	again   time.Time
	pending string // the new phone
	proven  time.Time
}

const (
	iris       = "10012399"
	irisCode   = "4HT2MM0Q11"
	irisSecret = "plum harbor 77 tangent"
	irisPhone  = "+43 ••• 09"
)

// texter gives the world a customer with a password and a phone.
func (w *world) texter() *fakeTexting {
	x := &fakeTexting{password: irisSecret, phone: irisPhone}
	w.api.customers[iris] = &fakeCustomer{name: "Iris Nakamura", status: "active", activation: irisCode, text: x}
	return x
}

// code reads the newest text.
func (w *world) code(x *fakeTexting) string {
	w.Helper()
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	if len(x.sent) == 0 {
		w.Fatal("no text was sent")
	}
	return x.sent[len(x.sent)-1]
}

// send makes a code, unless the one before is too young.
func (f *fakeAPI) send(x *fakeTexting, t *fakeText) any {
	if x == nil || x.mute {
		return map[string]any{"challenge": f.id("code"), "expires_at": f.now().Add(5 * time.Minute), "again_at": f.now().Add(30 * time.Second)}
	}
	if !f.now().Before(t.again) {
		t.id, t.again = f.id("code"), f.now().Add(30*time.Second)
		x.sent = append(x.sent, fmt.Sprintf("%06d", 271828+len(x.sent)))
	}
	return map[string]any{"challenge": t.id, "expires_at": t.again.Add(5 * time.Minute), "again_at": t.again, "sent_to": x.phone}
}

// isText reports whether a policy is of passwords or texts.
func isText(policy any) bool {
	return policy == "password" || policy == "sms-code" || policy == "sms-signature"
}

// newest is the code that counts; "" when there is none.
func (x *fakeTexting) newest() string {
	if x == nil || len(x.sent) == 0 {
		return ""
	}
	return x.sent[len(x.sent)-1]
}

// proveText takes a password, or a code that came by text.
func (f *fakeAPI) proveText(id string, p map[string]any) (accepted bool) {
	a := f.auths[id]
	c := f.customers[a.customer]
	if c == nil || c.text == nil || c.status != "active" {
		return false
	}
	x, t := c.text, &a.text
	if p["policy"] == "password" {
		right := p["code"] == x.password && !t.shown
		t.renew = right && x.expired
		t.shown = t.shown || right && !x.expired
		if t.shown && right && a.alone {
			a.state = "granted"
		}
		return t.shown && right
	}
	if !t.shown || p["code"] != x.newest() || p["challenge"] != nil && p["challenge"] != t.id {
		return false
	}
	x.sent = append(x.sent, "used")
	if a.state, t.proven = "granted", f.now(); x.denies {
		a.state = "denied"
	}
	return true
}

// describeText adds to an answer what passwords and texts need.
func (f *fakeAPI) describeText(id string, out map[string]any) map[string]any {
	t := f.auths[id].text
	f.risk.describe(out)
	if f.auths[id].alone && f.auths[id].state == "granted" && t.shown && t.proven.IsZero() {
		out["factors"] = []string{"knowledge"}
	}
	out["policies"] = []string{"secure-code", "password"}
	if f.auths[id].pay != nil {
		out["policies"] = []string{"transaction-signature", "password"}
	}
	switch {
	case t.renew:
		out["replace"] = "password"
	case t.asks && !t.shown:
		out["policies"] = []string{"password"}
	case t.shown && f.auths[id].pay != nil && f.customers[f.auths[id].customer].text.signs:
		out["policies"] = []string{"transaction-signature"}
	case t.shown && f.auths[id].pay != nil:
		out["policies"] = []string{"sms-signature"}
	case t.shown:
		out["policies"] = []string{"sms-code"}
	}
	return out
}

// mistakes is what the fake has against a password.
func (x *fakeTexting) mistakes(secret any) (all []any) {
	bad := func(code string) { all = append(all, map[string]any{"code": code, "text": "In English."}) }
	s := fmt.Sprint(secret)
	if len(s) < 8 {
		bad("too_short")
		bad("weak")
	}
	if x != nil && s == x.password {
		bad("unchanged")
	}
	if x != nil && x.former != "" && s == x.former {
		bad("brand_new_rule")
	}
	return all
}

func (f *fakeAPI) judge(_ *http.Request, in map[string]any) (int, any) {
	bad := (*fakeTexting)(nil).mistakes(in["new"])
	return http.StatusOK, map[string]any{"fit": len(bad) == 0, "score": 4 - 2*len(bad), "mistakes": bad}
}

func (f *fakeAPI) replace(r *http.Request, in map[string]any) (int, any) {
	id := r.PathValue("id")
	a := f.auths[id]
	if a == nil || !a.text.renew {
		return http.StatusConflict, problem("authentication.nothing_to_replace", "")
	}
	x := f.customers[a.customer].text
	out := f.outcome(id, false).(map[string]any)
	if bad := x.mistakes(in["new"]); len(bad) > 0 {
		out["mistakes"] = bad
		return http.StatusOK, out
	}
	x.password, x.expired, a.text.renew = fmt.Sprint(in["new"]), false, false
	out["replaced"] = true
	delete(out, "replace")
	return http.StatusOK, out
}

// fresh is a granted authentication of which both factors are young.
func (f *fakeAPI) fresh(r *http.Request) (*fakeAuth, *fakeTexting) {
	a := f.auths[r.PathValue("id")]
	if a == nil || a.state != "granted" || f.now().Sub(a.text.proven) > 5*time.Minute {
		return nil, nil
	}
	return a, f.customers[a.customer].text
}

func (f *fakeAPI) changePassword(r *http.Request, in map[string]any) (int, any) {
	_, x := f.fresh(r)
	switch {
	case x == nil:
		return http.StatusForbidden, problem("proof.required", "")
	case in["current"] != x.password:
		return http.StatusOK, map[string]any{"changed": false}
	}
	if bad := x.mistakes(in["new"]); len(bad) > 0 {
		return http.StatusOK, map[string]any{"changed": false, "mistakes": bad}
	}
	x.password = fmt.Sprint(in["new"])
	return http.StatusOK, map[string]any{"changed": true}
}

func (f *fakeAPI) changePhone(r *http.Request, in map[string]any) (int, any) {
	a, x := f.fresh(r)
	switch {
	case x == nil:
		return http.StatusForbidden, problem("proof.required", "")
	case in["number"] == "12":
		return http.StatusUnprocessableEntity, problem("passcode.number", "/number")
	}
	a.text.pending, a.text.again = f.id("phone"), time.Time{}
	c := f.send(x, &a.text).(map[string]any)
	c["sent_to"] = "+43 ••• 99"
	return http.StatusCreated, map[string]any{"phone": map[string]any{"id": a.text.pending, "number": "+43 ••• 99", "state": "pending"}, "challenge": c}
}

func (f *fakeAPI) confirmPhone(r *http.Request, in map[string]any) (int, any) {
	a, x := f.fresh(r)
	out := map[string]any{"id": "1", "number": "+43 ••• 99", "state": "pending"}
	switch {
	case x == nil || in["phone"] != a.text.pending:
		return http.StatusForbidden, problem("proof.required", "")
	case in["code"] != x.newest():
		return http.StatusOK, map[string]any{"accepted": false, "phone": out}
	}
	x.held, out["state"], out["held_until"] = "+43 ••• 99", "held", f.now().Add(24*time.Hour)
	return http.StatusOK, map[string]any{"accepted": true, "phone": out}
}

func (f *fakeAPI) phones(r *http.Request, _ map[string]any) (int, any) {
	x := f.customers[r.PathValue("customer_number")].text
	all := []any{map[string]any{"id": "1", "number": x.phone, "state": "active"}}
	if x.held != "" {
		all = append(all, map[string]any{"id": "2", "number": x.held, "state": "held", "held_until": f.now().Add(24 * time.Hour)})
	}
	return http.StatusOK, map[string]any{"phones": all}
}

// steps describes a registration without a token.
func (g *fakeReg) steps() []any {
	return []any{
		map[string]any{"policy": "password", "method": "password", "proven": g.text.shown},
		map[string]any{"policy": "sms-code", "method": "passcode", "proven": g.state == "done"},
	}
}

func (f *fakeAPI) give(r *http.Request, in map[string]any) (int, any) {
	g, id := f.find(r)
	if g == nil {
		return unknown()
	}
	x := f.customers[g.customer].text
	if in["policy"] == "password" {
		out := f.describe(id, true).(map[string]any)
		if bad := (*fakeTexting)(nil).mistakes(in["value"]); len(bad) > 0 {
			out["accepted"], out["mistakes"] = false, bad
			return http.StatusOK, out
		}
		g.text.shown, g.secret = true, fmt.Sprint(in["value"])
		return http.StatusOK, f.describe(id, true)
	}
	if in["value"] != x.newest() {
		return http.StatusOK, f.describe(id, false)
	}
	g.state, x.password = "done", g.secret
	return http.StatusOK, f.describe(id, true)
}

func (f *fakeAPI) askStep(r *http.Request, _ map[string]any) (int, any) {
	g, id := f.find(r)
	if g == nil {
		return unknown()
	}
	out := f.describe(id, true).(map[string]any)
	out["challenge"] = f.send(f.customers[g.customer].text, &g.text)
	return http.StatusCreated, out
}
