package bank_test

import (
	"fmt"
	"net/http"
)

// fakeRisk is what the fake API says of risk.
type fakeRisk struct {
	decision string            // of authentications; "" is not asked
	exempts  bool              // payments need no code
	act      string            // of actions; "" is allow
	acts     map[string]string // event, type
	ended    []string          // types of the actions that were signed and completed
	signed   map[string]bool
}

// refEvent is an event whose reference is "P8T9-ZK3M".
const (
	refEvent  = "06h074rjw1xn9ea3brp8t9zk3m"
	reference = "P8T9 ZK3M"
)

// describe adds to an answer what risk says of it.
func (x *fakeRisk) describe(out map[string]any) {
	if x.decision != "" {
		out["risk"] = map[string]any{"decision": x.decision, "event": refEvent}
	}
}

// start is where an authentication stands before anything was shown.
func (x *fakeRisk) start() string {
	if x.decision == "block" {
		return "denied"
	}
	return "open"
}

func (f *fakeAPI) judgeAction(_ *http.Request, in map[string]any) (int, any) {
	x, id := &f.risk, f.id("event-of-an-action-")
	if in["reference"] == "" || in["channel"] != "web" || in["customer_number"] == "" {
		f.t.Errorf("an action is judged as %v", in)
	}
	x.acts[id] = fmt.Sprint(in["type"])
	decision := "allow"
	if x.act != "" {
		decision = x.act
	}
	return http.StatusCreated, map[string]any{"event": id, "decision": decision}
}

func (f *fakeAPI) signAction(r *http.Request, in map[string]any) (int, any) {
	if in["item"] == "" || in["accepted"] != true {
		f.t.Errorf("an action is signed as %v", in)
	}
	f.risk.signed[r.PathValue("event")] = true
	return http.StatusOK, map[string]any{"state": "signed"}
}

func (f *fakeAPI) completeAction(r *http.Request, in map[string]any) (int, any) {
	id := r.PathValue("event")
	if !f.risk.signed[id] || len(in) != 1 {
		f.t.Errorf("an action is completed as %v", in)
	}
	f.risk.ended = append(f.risk.ended, f.risk.acts[id])
	return http.StatusOK, map[string]any{"state": "completed"}
}
