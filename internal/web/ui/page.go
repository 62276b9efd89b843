package ui

import "time"

// Page is what a handler gives to be rendered. All texts in it are already in
// the reader's language.
type Page struct {
	Name   string // of the template: NAME.html
	Title  string // of the window; the brand is added
	Status int    // 0: 200, or 422 when Form has errors
	Data   any
	Form   *Form // what was typed, with its errors; nil: none
	Width  Width
	Live   bool // load htmx

	// Again is how soon a browser without scripts fetches a page that waits for something anew, in
	// whole seconds; 0: never. With scripts the page looks by itself, and keeps the focus.
	Again time.Duration
}

// AgainSeconds is Again as the page says it.
func (p Page) AgainSeconds() int { return int(p.Again / time.Second) }

// Width is how much of the window the content may take.
type Width string

// The widths. The zero value is for ordinary pages.
const (
	Normal Width = ""
	Narrow Width = "narrow" // one form or one message
	Wide   Width = "wide"   // tables and workbenches
)

// Chrome is the frame around the content: it is asked for on each request.
type Chrome struct {
	Home   string // address behind the brand; "/" when empty
	Nav    []Link
	User   *User  // nil: nobody is logged in
	Notice string // a line above everything, of this face; may be empty
	Demo   bool   // a line above everything says that this is a demonstration

	// Idle ends a page that lies open: after so long the browser goes to
	// IdleURL, with or without JavaScript (SCA-09). 0: never.
	Idle    time.Duration
	IdleURL string
}

// Link is an entry of the navigation.
type Link struct {
	Text, Href string
	Icon       string // name of an icon; may be empty
	Current    bool   // this is where we are
	Count      int    // things that wait there; 0 shows nothing
}

// User is who is logged in, as the header shows them.
type User struct {
	Name, Detail string // "Ada Palmer", "Help desk"
	Logout       string // address that a POST logs out at
}

// View is the dot of every page template.
type View struct {
	Page
	Chrome    Chrome
	Face      Face
	Brand     string
	Lang      string
	Theme     string // "light", "dark" or "" for the device's setting
	Path      string // of this page, with its query
	RequestID string
	Flashes   []Notice
	Styles    []string
	Scripts   []string
}

// Languages lists what the language switch offers, each under its own name.
func (View) Languages() []Choice {
	return []Choice{{"en", "English"}, {"de", "Deutsch"}}
}

// Failed reports whether the page shows errors of its form.
func (v View) Failed() bool { return v.Form != nil && !v.Form.OK() }
