package applet

import (
	"errors"
	"slices"
)

// need says which fields a command must and may have; see Command.
type need struct{ must, may []string }

var common = []string{"text", "control", "event", "seconds", "language"}

// needs is the table above Command.
func needs(k Kind) (need, bool) {
	switch k {
	case Generate:
		return need{[]string{"transaction", "role", "algorithm", "service", "head", "tail", "nonce"}, common}, true
	case Sign:
		return need{[]string{"transaction", "role", "service", "content", "form", "nonce"}, common}, true
	case Show:
		return need{[]string{"transaction", "service", "text"}, []string{"event", "seconds", "acknowledge", "language"}}, true
	case Unblock:
		return need{[]string{"transaction", "role", "service"}, []string{"text", "seconds", "language"}}, true
	case Status, Cancel:
		return need{[]string{"transaction"}, nil}, true
	case Erase:
		return need{[]string{"transaction", "role"}, nil}, true
	}
	return need{}, false
}

// check says whether the card takes the command.
func (c *Command) check() error {
	if why := c.wrong(); why != "" {
		return &Error{Unsupported, c.Kind, c.Transaction, why}
	}
	switch err := Fits(c.Shown()); {
	case errors.Is(err, ErrTooLong):
		return &Error{TooLong, c.Kind, c.Transaction, ErrTooLong.Error()}
	case err != nil:
		return &Error{Unsupported, c.Kind, c.Transaction, ErrCharacter.Error()}
	}
	return nil
}

// wrong is why the fields are not those of the command; empty when they are.
func (c *Command) wrong() string {
	n, known := needs(c.Kind)
	if !known {
		return "there is no such command"
	}
	for name, set := range c.present() {
		must := slices.Contains(n.must, name)
		if must && !set {
			return "the command lacks its " + name
		}
		if set && !must && !slices.Contains(n.may, name) {
			return "the command has no " + name
		}
	}
	return c.wrongValue()
}

func (c *Command) present() map[string]bool {
	return map[string]bool{
		"transaction": c.Transaction != Transaction{}, "role": c.Role != 0, "algorithm": c.Algorithm != 0, "text": c.Text != "",
		"content": c.Content != (Content{}), "service": c.Service != "", "form": c.Form != 0, "head": len(c.Head) > 0, "tail": len(c.Tail) > 0,
		"nonce": c.Nonce != Nonce{}, "control": c.Control != 0, "event": c.Event != "", "seconds": c.Seconds > 0, "acknowledge": c.Acknowledge,
		"language": c.Language != "",
	}
}

func (c *Command) wrongValue() string {
	switch {
	case c.Role != 0 && !c.Role.Valid():
		return "there is no such role"
	case c.Algorithm != 0 && !c.Algorithm.Valid():
		return "there is no such algorithm"
	case c.Form > Plain:
		return "there is no such form"
	case c.Control > TypedControl:
		return "there is no such control mode"
	case len(c.Head) > MaxPart || len(c.Tail) > MaxPart:
		return "the certification request is too long"
	case pretends(c.Service) || pretends(c.Text) || pretends(c.Content.Text):
		return "a text has a line that only the card writes"
	case c.Event != "" && !goodEvent(c.Event):
		return "an event has 4 to 8 letters and digits"
	case c.Language != "" && !goodLanguage(c.Language):
		return "a language is two small letters"
	case c.Kind == Sign:
		return c.Content.wrong(c.Text)
	}
	return ""
}

func (c *Content) wrong(text string) string {
	switch {
	case c.Kind < ShownText || c.Kind > Document:
		return "there is no such content"
	case c.Kind == ShownText && text == "", c.Kind == OwnText && c.Text == "":
		return "there is no text to be signed"
	case c.Kind != OwnText && c.Text != "", c.Kind != Document && c.Digest != [32]byte{}:
		return "the content is of two kinds"
	}
	return ""
}

func goodEvent(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return len(s) >= 4 && len(s) <= 8
}

func goodLanguage(s string) bool {
	return len(s) == 2 && s[0] >= 'a' && s[0] <= 'z' && s[1] >= 'a' && s[1] <= 'z'
}
