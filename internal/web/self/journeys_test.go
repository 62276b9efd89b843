package self_test

import (
	"net/http"
	"testing"
	"time"
)

// TestJourneys: a customer announces a journey after showing two factors, sees it, and takes it back; what is wrong is
// said at its field, and nobody sees or ends that of another.
func TestJourneys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.texting(0)
	c := w.knower("1001")
	b := w.knows("1001", knownSecret)
	b.get("/journeys").shows(http.StatusOK, "My journeys").says("No journey")
	if a := b.get("/habits"); !a.page.Has("a[href=/journeys]") {
		t.Error("the page of habits does not lead to journeys")
	}
	b.get("/journeys/new").shows(http.StatusOK, "Announce a journey")
	day := func(n int) string { return w.clock.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	b.post("/journeys/new", "proof", "made up", "place", "it", "from", day(1), "until", day(8)).says("That took too long")

	proof := w.provesAt(b, "/journeys/new", knownSecret, oldNumber)
	announce := func(place, from, until string) answer {
		return b.post("/journeys/new", "proof", proof, "place", place, "from", from, "until", until)
	}
	announce("", day(1), day(8)).wrong("place", "Choose where you go")
	announce("atlantis", day(1), day(8)).wrong("place", "Choose where you go")
	announce("it", "soon", day(8)).wrong("from", "Give a day")
	announce("it", day(8), day(1)).wrong("until", "A journey ends on or after its first day")
	announce("it", day(1), day(400)).wrong("from", "A journey ends on or after its first day")
	announce("it", day(0), day(0)).leads("/journeys")
	b.get("/journeys").says("Have a good journey").says("Italy").says("Now")
	all, err := w.cfg.Interactions.Notices(t.Context(), c.ID)
	w.must(err)
	if len(all) != 1 || all[0].Radius != 720 || all[0].Until.Sub(all[0].From) != 24*time.Hour {
		t.Fatalf("%+v", all)
	}
	end := "/journeys/" + all[0].ID.String() + "/end"

	w.customer("1002", "CS-4407-220417")
	stranger := w.login("1002", code(t, "CS-4407-220417", 0))
	stranger.get("/journeys").says("No journey")
	for _, path := range []string{end, "/journeys/nonsense/end"} {
		if a := stranger.post(path); a.code != http.StatusNotFound {
			t.Errorf("%s of somebody else: status %d", path, a.code)
		}
	}
	b.post(end).leads("/journeys")
	b.get("/journeys").says("Taken back").says("No journey")
	if n := len(w.audited("interaction.noticed")) + len(w.audited("interaction.recalled")); n != 2 {
		t.Errorf("%d records", n)
	}
}

// TestEveryRegionHasItsNames: in both languages, and within the bounds of a journey.
func TestEveryRegionHasItsNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.texting(0)
	w.knower("1001")
	for language, wants := range map[string]string{"en": "United Arab Emirates", "de": "Vereinigte Arabische Emirate"} {
		b := w.knows("1001", knownSecret)
		proof := w.provesAt(b, "/journeys/new", knownSecret, oldNumber)
		b.lang = language
		a := b.post("/journeys/new", "proof", proof).says(wants)
		if n := len(a.page.All("option")); n < 50 {
			t.Errorf("%s: %d regions", language, n)
		}
		w.clock.Advance(10 * time.Minute)
	}
}
