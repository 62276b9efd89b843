//go:build browser

package apptest_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestAppManagesDevices: another device by a code of this one, its history and name; a block
// and its end; a move to another browser profile, in which the old device works until the
// new one has proved itself; and its own archiving.
func TestAppManagesDevices(t *testing.T) {
	w := newPhones(t)
	first := w.phone(t)
	w.enroll(first)

	// a second device, by the link that the first one shows
	w.next(first)
	first.Click("[data-tab=tokens]")
	first.Wait("[data-token]")
	look(first, "devices")
	first.Click("#new-device")
	first.Wait("#f-name")
	look(first, "new-device")
	first.Keys("Tablet<Enter>")
	pin(first, "confirms the new device", goodPIN)
	first.Wait("#typable")
	look(first, "activation-code")
	link := first.Attr("#copy", "data-link")
	second := w.phone(t)
	second.Open("about:blank")
	second.Open(link)
	w.choosePIN(second, "740285")
	second.WaitText("h1", "Ready")
	second.Click("#done")
	if all := w.tokens(); len(all) != 2 || all[1].Status != mobiletoken.Active || all[1].Name != "Tablet" {
		t.Fatalf("%+v", all)
	}

	// renamed, and what has happened to it
	tablet := "[data-token='" + w.tokens()[1].ID.String() + "']"
	first.Click("#done")
	first.Click(tablet)
	first.Wait("#rename")
	look(first, "device")
	first.Click("#rename")
	first.Wait("#f-name")
	_ = webtest.Eval[string](first, `document.querySelector("#f-name").value = ""`)
	first.Keys("Tablet in the kitchen<Enter>")
	first.WaitText(".toast", "Renamed")
	first.WaitText(".facts", "Tablet in the kitchen")
	first.Click("#history")
	first.WaitText("#history", "Activated")
	look(first, "history")
	first.Click(".back")
	first.Wait("#block")

	// blocked at once, without a PIN; the way back needs one
	first.Click("#block")
	first.WaitText("#ask-title", "Block Tablet in the kitchen?")
	look(first, "block")
	first.Click("#yes")
	first.Wait("#enable")
	if w.tokens()[1].Status != mobiletoken.Blocked {
		t.Fatal("it is not blocked")
	}
	w.next(first)
	first.Click("[data-tab=tokens]")
	first.Click(tablet)
	first.Click("#enable")
	pin(first, "confirms the unblocking", goodPIN)
	first.WaitText(".toast", "can be used again")
	if w.tokens()[1].Status != mobiletoken.Active {
		t.Fatal("it is blocked as before")
	}

	// wrong PIN: no code comes of it
	w.next(first)
	first.Click("[data-tab=tokens]")
	first.Click(tablet)
	first.Click("#archive")
	first.Click("#yes")
	pin(first, "confirms the removal", "111222")
	first.WaitText("main [role=timer]", "left") // the next code is awaited before the PIN is asked for again
	look(first, "next-code")
	w.next(first)
	first.Click("[data-tab=tokens]")
	first.Click(tablet)
	first.Click("#archive")
	first.Click("#yes")
	pin(first, "confirms the removal", goodPIN)
	first.WaitText(".toast", "has been removed")
	if w.tokens()[1].Status != mobiletoken.Archived {
		t.Fatal("it is not archived")
	}
	second.Open(w.url)
	second.Click("[data-tab=inbox]")
	second.WaitText(".hero", "This device is not in use")

	w.migrates(t, first)
}

// migrates moves the first phone to a third one.
func (w *phones) migrates(t *testing.T, first *webtest.Tab) {
	t.Helper()
	old := w.tokens()[0]
	w.next(first)
	first.Click("[data-tab=tokens]")
	first.Click("[data-token='" + old.ID.String() + "']")
	first.Click("#migrate")
	first.Wait("#keep")
	look(first, "migrate")
	first.Click("#go")
	pin(first, "confirms the move", goodPIN)
	first.Wait("#typable")
	link := first.Attr("#copy", "data-link")
	if w.tokens()[0].Status != mobiletoken.Active {
		t.Fatal("the old device is out of use before the new one is in")
	}
	third := w.phone(t)
	third.Open("about:blank")
	third.Open(link)
	w.choosePIN(third, "518274")
	third.WaitText("h1", "Ready")
	all := w.tokens()
	fresh := all[len(all)-1]
	if now, _ := w.app.Mobile.Get(t.Context(), w.customer, old.ID); now.Status != mobiletoken.Archived || fresh.Status != mobiletoken.Active || fresh.Serial != old.Serial {
		t.Fatalf("after the move: old %s, new %s with serial %s, was %s", now.Status, fresh.Status, fresh.Serial, old.Serial)
	}
	// what the old one was asked comes to the new one
	third.Click("#done")
	_, asked := w.start("app")
	w.show(third)
	third.Click("#approve")
	third.Wait("#f-number")
	third.Keys(asked.Control + "<Enter>")
	pin(third, "Your PIN approves", "518274")
	third.WaitText(".lead", "Approved")

	// archived by its own owner, with a warning
	w.next(third)
	third.Click("[data-tab=tokens]")
	third.Click("[data-token='" + fresh.ID.String() + "']")
	third.Click("#archive")
	third.WaitText("dialog", "the very device in your hand")
	look(third, "archive-this")
	third.Click("#yes")
	pin(third, "confirms the removal", "518274")
	third.WaitText(".lead", "This device is removed")
	third.Click("#done")
	third.Wait("#activate")
}

// TestAppComparesDevices: where the bank wants it, the new device shows a number that its owner types
// on the old one, before it counts.
func TestAppComparesDevices(t *testing.T) {
	w := newPhones(t)
	w.activate(strings.Replace(phoneRules, "activation: {", "activation: {compare: true, ", 1))
	first := w.phone(t)
	w.enroll(first) // the bank asked for this code itself
	w.next(first)
	first.Click("[data-tab=tokens]")
	first.Click("#new-device")
	first.Wait("#f-name")
	first.Keys("Tablet<Enter>")
	pin(first, "confirms the new device", goodPIN)
	first.Wait("#typable")
	second := w.phone(t)
	second.Open("about:blank")
	second.Open(first.Attr("#copy", "data-link"))
	w.choosePIN(second, "740285")
	number := second.Text("#comparison")
	look(second, "comparison")
	if w.tokens()[1].Status != mobiletoken.Provisioning {
		t.Fatal("the new device counts before it was compared")
	}
	w.next(first)
	first.Click("[data-tab=tokens]")
	first.Click("[data-token='" + w.tokens()[1].ID.String() + "']")
	first.Click("#compare")
	first.Wait("#f-comparison")
	look(first, "compare")
	first.Keys(number + "<Enter>")
	pin(first, "confirms the new device", goodPIN)
	first.WaitText(".toast", "goes on now")
	second.WaitText("h1", "Ready")
	if w.tokens()[1].Status != mobiletoken.Active {
		t.Fatal("the new device does not count")
	}
}

// TestAppRedistributes: a forgotten PIN. Another device gives the code by which the phone is set up
// anew; its former key is dead.
func TestAppRedistributes(t *testing.T) {
	w := newPhones(t)
	first, second := w.phone(t), w.phone(t)
	w.enroll(first)
	w.next(first)
	first.Click("[data-tab=tokens]")
	first.Click("#new-device")
	first.Wait("#f-name")
	first.Keys("Tablet<Enter>")
	pin(first, "confirms the new device", goodPIN)
	first.Wait("#typable")
	second.Open("about:blank")
	second.Open(first.Attr("#copy", "data-link"))
	w.choosePIN(second, goodPIN)
	second.WaitText("h1", "Ready")
	second.Click("#done")
	w.next(second)
	second.Click("[data-tab=tokens]")
	second.Click("[data-token='" + w.tokens()[0].ID.String() + "']")
	second.Click("#redistribute")
	pin(second, "confirms the new set-up", goodPIN)
	second.Wait("#typable")
	link := second.Attr("#copy", "data-link")
	first.Open("about:blank")
	first.Open(link) // on the phone that has a token, which works until the new key is proven
	w.choosePIN(first, "960417")
	first.WaitText("h1", "Ready")
	first.Click("#done")
	w.next(first)
	first.Click("[data-tab=tokens]")
	first.Wait("[data-token]")
	if all := w.tokens(); len(all) != 2 || all[0].Status != mobiletoken.Active || all[0].Code.Purpose != mobiletoken.Redistribute {
		t.Fatalf("%+v", all)
	}
}
