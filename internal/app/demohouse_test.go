package app_test

import "testing"

// TestDemoHouse: a customer of the demo has lived with their devices for three weeks, and the server
// judges by it.
func TestDemoHouse(t *testing.T) {
	t.Parallel()
	bank := newClient(t, startDemo(t))
	x := bank.post("/v1/customers/10002004/interactions/decisions", map[string]any{"reference": "a terminal", "kind": "transaction", "amount": "20.00", "currency": "EUR"})
	decision, _ := x["decision"].(map[string]any)
	if x["judged"] != true || decision["mode"] != "on" || decision["zone"] == "thin" || decision["confidence"] != 100.0 {
		t.Errorf("%v; want a judgment by a pattern of three weeks", x)
	}
}
