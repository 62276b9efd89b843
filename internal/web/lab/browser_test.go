//go:build browser

package lab_test

import (
	"net/http/httptest"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/lab"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

func TestBrowser(t *testing.T) {
	now := at(noon)
	b := webtest.Start(t)
	open := func(t *testing.T) (string, *webtest.Tab) {
		srv := httptest.NewServer(handler(t, shelf(t, &lab.Memory{}, now), now))
		t.Cleanup(srv.Close)
		return srv.URL, b.Tab(t)
	}

	t.Run("a code by clicking keys", func(t *testing.T) {
		url, p := open(t)
		p.Open(url)
		p.Axe()
		p.Shot("lab-shelf")
		p.Follow(`a[href="/tokens/CS-k210"]`)
		p.Axe()
		p.Click("#key-L")
		p.WaitText("#says", "Choose a PIN")
		for _, k := range "2580E" {
			p.Click("#key-" + string(k))
		}
		p.WaitText("#says", "same PIN again")
		for _, k := range "2580E" {
			p.Click("#key-" + string(k))
		}
		p.WaitText("#says", "Your code")
		if code := p.Attr("#code", "data-value"); len(code) != 8 {
			t.Errorf("the code is %q", code)
		}
		if webtest.Eval[int](p, "performance.getEntriesByType('navigation').length") != 1 || p.URL() != url+"/tokens/CS-k210" {
			t.Error("the page was loaded again")
		}
		p.Axe()
		p.Shot("lab-token")
		p.Phone()
		p.Shot("lab-token-phone")
		p.Dark(true)
		p.Axe()
		p.Shot("lab-token-phone-dark")
	})

	t.Run("by the computer's keyboard", func(t *testing.T) {
		url, p := open(t)
		p.Open(url + "/tokens/CS-k200")
		p.Keys("l")
		p.WaitText("#says", "Choose a PIN")
		p.Keys("25801<Back><Enter>")
		p.WaitText("#says", "same PIN again")
		p.Keys("2580<Enter>")
		p.WaitText("#says", "Your code")
		if code := p.Attr("#code", "data-value"); code != "755224" {
			t.Errorf("the code is %q", code)
		}
	})

	t.Run("by Tab and Enter, where the focus stays", func(t *testing.T) {
		url, p := open(t)
		p.Open(url + "/tokens/CS-b100")
		p.TabTo("#key-B")
		p.Keys("<Enter>")
		p.WaitText("#code", "755224")
		p.Keys("<Enter>")
		p.WaitText("#code", "287082")
		if got := webtest.Eval[string](p, "document.activeElement.id"); got != "key-B" {
			t.Errorf("the focus went to %q", got)
		}
		p.Shot("lab-button")
	})

	t.Run("without JavaScript", func(t *testing.T) {
		url, p := open(t)
		p.NoScript()
		p.Open(url + "/tokens/CS-b100")
		p.Follow("#key-B")
		if got := p.Attr("#code", "data-value"); got != "755224" {
			t.Errorf("the code is %q", got)
		}
	})

	t.Run("tools", func(t *testing.T) {
		url, p := open(t)
		p.Open(url + "/tokens/CS-b110")
		p.Click("details.tools summary")
		p.Shot("lab-tools")
		p.Axe()
		p.Follow(`button[value="-300"]`)
		p.Click("details.tools summary")
		p.WaitText("#inside", "5 minutes behind")
		p.Fill("#many", "2")
		p.Follow(`.shift button[value="1"]`)
		p.Click("details.tools summary")
		p.WaitText("#inside", "115 minutes ahead")
		p.Phone()
		p.Axe()
		p.Shot("lab-tools-phone")
		if wide := webtest.Eval[int](p, "document.documentElement.scrollWidth"); wide > 390 {
			t.Errorf("the tools are %d wide on a phone", wide)
		}
	})

	t.Run("a payment is signed", func(t *testing.T) {
		url, p := open(t)
		p.Open(url + "/tokens/CS-k400")
		p.Click(".howtos details:first-of-type summary")
		p.Click("#key-S")
		for _, part := range []struct{ keys, says string }{
			{"2580E", "same PIN again"}, {"2580E", "Data 1"}, {"12345678", "1 2 3 4 5 6 7 8"}, {"E", "Data 2"}, {"990E", "Data 3"}, {"978", "9 7 8"},
		} {
			for _, k := range part.keys {
				p.Click("#key-" + string(k))
			}
			p.WaitText("#says", part.says)
		}
		p.Axe()
		p.Shot("lab-sign-data")
		p.Click("#key-E")
		p.WaitText("#says", "Data 4")
		p.Click("#key-E")
		p.WaitText("#says", "Your code")
		if got, want := p.Attr("#code", "data-value"), answer(t, signSuite, payment, 0); got != want {
			t.Errorf("the code is %s, want %s", got, want)
		}
		p.Shot("lab-sign")
		p.Phone()
		p.Axe()
		p.Shot("lab-sign-phone")
		if wide := webtest.Eval[int](p, "document.documentElement.scrollWidth"); wide > 390 {
			t.Errorf("the token is %d wide on a phone", wide)
		}
		p.Dark(true)
		p.Axe()
		p.Shot("lab-sign-phone-dark")
	})

	t.Run("locked, unlocked and a new PIN, by the computer's keyboard", func(t *testing.T) {
		url, p := open(t)
		p.Open(url + "/tokens/CS-k300")
		p.Keys("s2580<Enter>2580<Enter>")
		p.WaitText("#says", "Data 1")
		p.Keys("<Back>l")
		p.WaitText("#says", "PIN")
		p.Keys("1111<Enter>1111<Enter>1111<Enter>1111<Enter>")
		p.WaitText("#says", "1 try left")
		p.Shot("lab-wrong-pin")
		p.Keys("1111<Enter>")
		p.WaitText("#badge", "Locked")
		p.Shot("lab-locked")
		p.Keys("<Enter>")
		p.WaitText("#says", "Read this number")
		challenge := p.Attr("#challenge", "data-value")
		p.Axe()
		p.Shot("lab-unlock")
		p.Keys("00000000<Enter>")
		p.WaitText("#says", "2 tries left")
		p.Keys(answer(t, unlockSuite, challenge, 0) + "<Enter>")
		p.WaitText("#says", "Choose a PIN")
		p.Keys("1973<Enter>1973<Enter>")
		p.WaitText("#says", "Unlocked")
		p.WaitText("#badge", "Ready")
		p.Axe()
		p.Shot("lab-unlocked")
		p.Keys("l")
		p.WaitText("#says", "Your code")
	})

	t.Run("counter and clock", func(t *testing.T) {
		url, p := open(t)
		p.Open(url + "/tokens/CS-k400")
		p.Keys("i")
		p.WaitText("#says", "signatures so far")
		p.Shot("lab-counter")
		p.Keys("i")
		p.WaitText("#says", "date on its own clock")
		p.Keys("i")
		p.WaitText("#clock", "12:00:00")
		p.Axe()
		p.Shot("lab-clock")
	})

	t.Run("the button held down", func(t *testing.T) {
		url, p := open(t)
		p.Open(url + "/tokens/CS-b100")
		p.Click("#key-B")
		p.WaitText("#code", "755224")
		hold := func(kind string) {
			webtest.Eval[bool](p, `document.querySelector("#key-B").dispatchEvent(new PointerEvent("`+kind+`", {bubbles: true}))`)
		}
		hold("pointerdown")
		p.WaitText("#counter", "1")
		hold("pointerup")
		webtest.Eval[bool](p, `document.querySelector("#key-B").click() ?? true`) // what a browser does when the button is let go
		p.Click("#key-I")
		p.WaitText("#says", "battery")
		p.Axe()
		p.Shot("lab-held")
		p.Click("#key-B")
		p.WaitText("#code", "287082")
	})

	t.Run("style guide", func(t *testing.T) {
		url, p := open(t)
		for _, face := range []string{"bank", "console", "lab", "front"} {
			p.Desktop()
			p.Open(url + "/styleguide/" + face)
			for _, dark := range []bool{false, true} {
				p.Dark(dark)
				p.Axe()
				name := "styleguide-" + face
				if dark {
					name += "-dark"
				}
				p.Shot(name)
			}
			p.Dark(false)
			p.Phone()
			p.Shot("styleguide-" + face + "-phone")
			if wide := webtest.Eval[int](p, "document.documentElement.scrollWidth"); wide > 390 {
				t.Errorf("%s is %d wide on a phone", face, wide)
			}
		}
		p.Desktop()
		p.Open(url + "/styleguide/bank")
		p.Click(`button[commandfor="sample-dialog"]`)
		p.Wait("dialog[open]")
		p.Axe()
		p.Open(url + "/styleguide/failure/conflict")
		p.Axe()
		p.Shot("failure")
	})

	t.Run("switches, with and without JavaScript", func(t *testing.T) {
		for _, script := range []bool{true, false} {
			url, p := open(t)
			if !script {
				p.NoScript()
			}
			p.Open(url + "/tokens/CS-b100")
			p.Follow(`button[name="theme"][value="dark"]`)
			p.Follow(`button[name="lang"][value="de"]`)
			if theme, lang := p.Attr("html", "data-theme"), p.Attr("html", "lang"); theme != "dark" || lang != "de" {
				t.Errorf("JavaScript %v: theme %q, language %q", script, theme, lang)
			}
			if p.URL() != url+"/tokens/CS-b100" {
				t.Errorf("JavaScript %v: led to %s", script, p.URL())
			}
			p.Shot("lab-german")
		}
	})

	t.Run("a masked code can be shown", func(t *testing.T) {
		url, p := open(t)
		p.Open(url + "/styleguide/bank")
		p.Type("#f-secure", "755 224")
		if kind := p.Attr("#f-secure", "type"); kind != "password" {
			t.Errorf("at first it is %q", kind)
		}
		p.Click(`button[aria-controls="f-secure"]`)
		if kind := p.Attr("#f-secure", "type"); kind != "text" || p.Attr(`button[aria-controls="f-secure"]`, "aria-pressed") != "true" {
			t.Errorf("shown it is %q", kind)
		}
	})

	t.Run("front", func(t *testing.T) {
		srv := httptest.NewServer(front(t, map[lab.Place]string{lab.PlaceBank: "http://127.0.0.1:1/", lab.PlaceConsole: "http://127.0.0.1:2/", lab.PlaceLab: "http://127.0.0.1:3/", lab.PlaceAPI: "http://127.0.0.1:4/docs"},
			lab.Login{Place: lab.PlaceBank, Name: "Ada Palmer", ID: "10027-4418", Secret: "7KQ2-M9TX-4VRB-HC", Note: "New customer, not yet registered"},
			lab.Login{Place: lab.PlaceConsole, Name: "Miriam Okafor", ID: "m.okafor", Secret: "harbor-lantern-42", Note: "Help desk"}))
		defer srv.Close()
		p := b.Tab(t)
		p.Open(srv.URL)
		p.Axe()
		p.Shot("front")
		p.Phone()
		p.Dark(true)
		p.Axe()
		p.Shot("front-phone-dark")
	})
}
